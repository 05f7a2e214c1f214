/** Which source an event belongs to: the one that watches its channel. Remembers within a batch. */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

export type FoundSource =
  | { readonly ok: true; readonly source: Doc<"sources"> }
  | { readonly ok: false; readonly code: string; readonly message: string };

export class SourceFinder {
  readonly #ctx: MutationCtx;
  readonly #boundTo: Id<"sources"> | null;
  readonly #found = new Map<string, FoundSource>();

  /** `boundTo` is the only source the caller may write to; null allows every source. */
  constructor(ctx: MutationCtx, boundTo: Id<"sources"> | null) {
    this.#ctx = ctx;
    this.#boundTo = boundTo;
  }

  async find(channelId: string): Promise<FoundSource> {
    const known = this.#found.get(channelId) ?? (await this.#look(channelId));
    this.#found.set(channelId, known);
    return known;
  }

  async #look(channelId: string): Promise<FoundSource> {
    const source = await this.#ctx.db
      .query("sources")
      .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
      .unique();
    if (source === null) {
      const message = `No source watches channel ${channelId}; create the source first.`;
      return { ok: false, code: "unknown_channel", message };
    }
    if (this.#boundTo !== null && this.#boundTo !== source._id) {
      const message = `This token is bound to another source than channel ${channelId}.`;
      return { ok: false, code: "foreign_channel", message };
    }
    return { ok: true, source };
  }
}
