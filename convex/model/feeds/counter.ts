/**
 * The seqs of the three feeds. A batch takes all its numbers here and the rows
 * are written once, at its end, so a batch meets the hot row one time per feed.
 *
 * [SEQ1] The seqs of a feed are unique and without holes, whatever fails.
 */
import { type Feed, FIRST_LIVE_SEQ } from "@heliograph/domain";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

interface Counter {
  readonly row: Doc<"feedCounters"> | null;
  nextSeq: number;
}

/** Gives out seqs within one mutation. Nothing is taken until `store` has run. */
export class SeqTaker {
  readonly #ctx: MutationCtx;
  readonly #counters = new Map<Feed, Counter>();

  constructor(ctx: MutationCtx) {
    this.#ctx = ctx;
  }

  async take(feed: Feed): Promise<number> {
    const counter = this.#counters.get(feed) ?? (await this.#load(feed));
    counter.nextSeq += 1;
    return counter.nextSeq - 1;
  }

  async store(): Promise<void> {
    for (const [feed, { row, nextSeq }] of this.#counters) {
      if (row === null) await this.#ctx.db.insert("feedCounters", { feed, nextSeq });
      else await this.#ctx.db.patch("feedCounters", row._id, { nextSeq });
    }
  }

  async #load(feed: Feed): Promise<Counter> {
    const row = await this.#ctx.db
      .query("feedCounters")
      .withIndex("by_feed", (q) => q.eq("feed", feed))
      .unique();
    const counter = { row, nextSeq: row?.nextSeq ?? FIRST_LIVE_SEQ };
    this.#counters.set(feed, counter);
    return counter;
  }
}
