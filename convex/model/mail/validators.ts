/** Shapes of mails. */
import { type Infer, v } from "convex/values";

export const vMailState = v.union(
  v.literal("queued"),
  v.literal("sent"),
  v.literal("failed"), // given up
  v.literal("kept"), // a demo's: for the console's eyes, never sent
);

/** What is sent. */
export const vMail = v.object({ to: v.string(), subject: v.string(), text: v.string() });

export type Mail = Infer<typeof vMail>;

/** How an attempt ended; `final`: another would end the same. */
export const vSendResult = v.union(
  v.object({ ok: v.literal(true) }),
  v.object({ ok: v.literal(false), code: v.string(), final: v.boolean() }),
);

export type SendResult = Infer<typeof vSendResult>;
