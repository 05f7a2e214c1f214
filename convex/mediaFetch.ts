"use node";
/** Copying media: needs Node's sockets, to connect to the address that was judged and to no other. */
import { createHash } from "node:crypto";
import { type MediaRules, readMediaContent } from "@heliograph/domain";
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { type ActionCtx, internalAction } from "./_generated/server.js";
import { findEnvironment } from "./model/environment.ts";
// This file is "use node" as well, which the rule does not look at.
// eslint-disable-next-line @convex-dev/import-wrong-runtime
import { type Download, download } from "./model/media/download.ts";

interface Order {
  readonly wantedId: Id<"wantedMedia">;
  readonly link: string;
  readonly attempt: number;
}

const AT_ONCE = 4; // files held in memory, 25 MiB each at most

/** Fetches what is due of a signal, and settles each file as it comes. Safe to repeat. */
export const run = internalAction({
  args: { signalId: v.id("signals") },
  returns: v.null(),
  handler: async (ctx, { signalId }) => {
    const asked = { signalId, nowMs: Date.now() };
    const { orders, hosts } = await ctx.runQuery(internal.media.orders, asked);
    const rules = { hosts, loopbackOrigins: loopbackOrigins() };
    const left: Order[] = [...orders];
    const work = async () => {
      for (let order = left.shift(); order !== undefined; order = left.shift()) {
        await copy(ctx, order, rules);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return null;
  },
});

async function copy(ctx: ActionCtx, order: Order, rules: MediaRules): Promise<void> {
  const { wantedId, link, attempt } = order;
  const result = await fetched(ctx, await download(link, { rules }));
  await ctx.runMutation(internal.media.settle, { wantedId, attempt, result });
}

async function fetched(ctx: ActionCtx, answer: Download) {
  if (answer.state !== "complete") return { state: answer.state, code: answer.code };
  const { bytes } = answer;
  const verdict = readMediaContent(bytes);
  if (!verdict.ok) return { state: "failed" as const, code: verdict.code };
  const { content } = verdict;
  const hash = createHash("sha256").update(bytes).digest("hex");
  const known = await ctx.runQuery(internal.media.file, { hash });
  const blob = () => new Blob([bytes], { type: content.contentType });
  const storageId = known ?? (await ctx.storage.store(blob()));
  return { state: "stored" as const, storageId, hash, size: bytes.byteLength, ...content };
}

function loopbackOrigins(): string[] {
  const text = findEnvironment("HELIOGRAPH_MEDIA_LOOPBACK") ?? "";
  return text.split(",").map((origin) => origin.trim());
}
