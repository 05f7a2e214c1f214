/** Reads a whole feed with a key, segment by segment, over the official HTTP client. */
import { type Feed, parseFeedKey, segmentOf } from "@heliograph/domain";
import { ConvexHttpClient } from "convex/browser";
import type { FunctionReturnType } from "convex/server";
import { api } from "../../convex/_generated/api.js";
import type { Deployment } from "./convex-cli.ts";

export type FeedSignal = Extract<
  FunctionReturnType<typeof api.feed.segment>,
  { state: "current" }
>["signals"][number];

/** The feed's key among several. Throws when it is not there. */
export function keyOf(keys: readonly string[], feed: Feed): string {
  const key = keys.find((one) => parseFeedKey(one)?.feed === feed);
  if (key === undefined) throw new Error(`no key for the feed ${feed}`);
  return key;
}

/** Every signal of the feed in the order of its seqs, tombstones included. Throws when the key is stale. */
export async function readFeed(
  { url }: Pick<Deployment, "url">,
  keys: readonly string[],
  feed: Feed,
): Promise<FeedSignal[]> {
  const client = new ConvexHttpClient(url, { logger: false });
  const feedKey = keyOf(keys, feed);
  const position = await client.query(api.feed.position, { feedKey });
  if (position.state === "rotated") throw new Error(`the key of ${feed} is stale`);
  const signals: FeedSignal[] = [];
  for (let segment = 0; segment <= segmentOf(position.nextSeq); segment++) {
    const answer = await client.query(api.feed.segment, { feedKey, segment });
    if (answer.state === "rotated") throw new Error(`the key of ${feed} is stale`);
    signals.push(...answer.signals);
  }
  return signals;
}
