/** Bytes of media, fetched once for all targets of a post: the newest ones, up to a bound. */
import type { LoadMedia } from "./mirror-files.ts";

const MOST_BYTES = 64 * 1024 * 1024;

export class MediaCache {
  readonly #fetch: LoadMedia;
  readonly #mostBytes: number;
  readonly #known = new Map<string, Buffer>(); // oldest first
  readonly #underWay = new Map<string, Promise<Buffer | null>>();
  #bytes = 0;

  constructor(fetch: LoadMedia, mostBytes = MOST_BYTES) {
    this.#fetch = fetch;
    this.#mostBytes = mostBytes;
  }

  readonly load: LoadMedia = async (mediaId) => {
    const known = this.#known.get(mediaId);
    if (known !== undefined) return known;
    const underWay = this.#underWay.get(mediaId) ?? this.#begin(mediaId);
    return await underWay;
  };

  #begin(mediaId: string): Promise<Buffer | null> {
    const fetching = this.#fetch(mediaId)
      .then((data) => this.#keep(mediaId, data))
      .finally(() => this.#underWay.delete(mediaId));
    this.#underWay.set(mediaId, fetching);
    return fetching;
  }

  #keep(mediaId: string, data: Buffer | null): Buffer | null {
    if (data === null) return null;
    this.#known.set(mediaId, data);
    this.#bytes += data.byteLength;
    for (const [oldest, { byteLength }] of this.#known) {
      if (this.#bytes <= this.#mostBytes) break;
      this.#known.delete(oldest);
      this.#bytes -= byteLength;
    }
    return data;
  }
}
