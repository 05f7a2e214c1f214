/** Mails that a signed-in person asks for: refused, not dropped, when their address had too many. */
import type { MutationCtx } from "../../_generated/server.js";
import { queueMail } from "../mail/store.ts";
import type { Mail } from "../mail/validators.ts";
import { limitMail, type MailKind, tooManyTries } from "./limits.ts";

/** Queues a mail. Throws `too_many_tries`, which undoes what the transaction did for it. */
export async function queueRequested(ctx: MutationCtx, kind: MailKind, mail: Mail): Promise<void> {
  const { ok, retryAfterMs } = await limitMail(ctx, kind, mail.to);
  if (!ok) throw tooManyTries(retryAfterMs);
  await queueMail(ctx, mail);
}
