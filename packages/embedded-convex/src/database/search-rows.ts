/**
 * The documents of one full-text search, in the order of their rank, read one by one.
 *
 * [SEARCH5] Whoever asks for more than 1,024 is refused.
 */
import { DeveloperError } from "../errors.ts";
import type { IndexKey } from "../rooms.ts";
import type { TextHit } from "../search/messages.ts";
import { MAX_HITS } from "../search/text-index.ts";
import { decodeId } from "../values/ids.ts";
import { encodeKey } from "../values/keys.ts";
import type { StoredDocument } from "./documents.ts";
import type { RowSource } from "./query-stream.ts";
import type { Row, ScanRange } from "./scan.ts";

export class SearchRows implements RowSource {
  readonly #hits: readonly { readonly id: string; readonly key: IndexKey }[];
  readonly #read: (id: string) => StoredDocument | null;
  #at = 0;

  constructor(
    hits: readonly TextHit[],
    read: (id: string) => StoredDocument | null,
    { start, end }: Pick<ScanRange, "start" | "end">,
  ) {
    this.#hits = hits
      .map((hit) => ({ id: hit.id, key: rankKey(hit) }))
      .filter(({ key }) => start <= key && key < end);
    this.#read = read;
  }

  next(): Row | null {
    if (this.#at === MAX_HITS) {
      throw new DeveloperError(
        `Search query scanned too many documents (fetched ${MAX_HITS}). Consider using a smaller limit, paginating the query, or using a filter field to limit the number of documents pulled from the search index.`,
        "SearchQueryScannedTooManyDocumentsError",
      );
    }
    const hit = this.#hits[this.#at];
    if (hit === undefined) return null;
    this.#at++;
    const document = this.#read(hit.id);
    if (document === null) throw new Error(`A search found document ${hit.id}, which is not there`);
    return { key: hit.key, document };
  }
}

/** Cursors stand in the order of rank: best first, then newest, then the largest id. */
function rankKey({ id, score, creationTime }: TextHit): IndexKey {
  const inverted = decodeId(id).internalId.map((byte) => 0xff - byte);
  return encodeKey([-score, -creationTime, new Uint8Array(inverted).buffer]);
}
