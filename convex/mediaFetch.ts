"use node";
/** Copying media: needs Node's sockets, to connect to the address that was judged and to no other. */
import { createHash } from "node:crypto";
import { readMediaContent } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import { internal } from "./_generated/api.js";
import { type ActionCtx, internalAction } from "./_generated/server.js";
import { findEnvironment } from "./model/environment.ts";
// This file is "use node" as well, which the rule does not look at.
// eslint-disable-next-line @convex-dev/import-wrong-runtime
import { type Download, download } from "./model/media/download.ts";
import type { vFetchOrder } from "./model/media/validators.ts";

type Order = Infer<typeof vFetchOrder>;

const MOST_ROUNDS = 10; // of 30 s at most: within the ten minutes that an action may run

/** Fetches what is due, and settles each file as it comes, until none is due. Safe to repeat. */
export const run = internalAction({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    for (let round = 0; round < MOST_ROUNDS; round += 1) {
      const orders: Order[] = await ctx.runMutation(internal.media.claim, {});
      if (orders.length === 0) return null;
      const copies = await Promise.allSettled(orders.map((order) => copy(ctx, order)));
      const failed = copies.find(({ status }) => status === "rejected");
      if (failed?.status === "rejected") throw failed.reason; // the sweep tries that file again
    }
    await ctx.scheduler.runAfter(0, internal.mediaFetch.run, {});
    return null;
  },
});

async function copy(ctx: ActionCtx, { wantedId, link, attempt, hosts }: Order): Promise<void> {
  const rules = { hosts, loopbackOrigins: loopbackOrigins() };
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
