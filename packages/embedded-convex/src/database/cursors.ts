/**
 * Pagination cursors: a position in an index and a fingerprint of the query it
 * belongs to, encrypted because index keys hold users' data.
 *
 * The same position of the same query is always the same text: cursors are function
 * arguments and therefore cache keys. So the nonce is derived from the content.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac } from "node:crypto";
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../errors.ts";
import type { IndexKey } from "../rooms.ts";
import { bufferToKey, keyToBuffer } from "../values/keys.ts";

export type Position =
  | { readonly kind: "end" }
  | { readonly kind: "after"; readonly key: IndexKey };

const FINGERPRINT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MISMATCH =
  "InvalidCursor: Tried to run a query starting from a cursor, but it looks like this cursor is from a different query.";

export class CursorCodec {
  readonly #nonceKey: Buffer;
  readonly #cipherKey: Buffer;

  /** `secret` must stay the same for as long as cursors are to be understood. */
  constructor(secret: Uint8Array) {
    this.#nonceKey = createHmac("sha256", secret).update("cursor nonce").digest();
    this.#cipherKey = createHmac("sha256", secret).update("cursor cipher").digest();
  }

  encode(position: Position, fingerprint: Buffer): string {
    const key = position.kind === "end" ? Buffer.alloc(0) : keyToBuffer(position.key);
    const kind = Buffer.from([position.kind === "end" ? 0 : 1]);
    const plain = Buffer.concat([fingerprint, kind, key]);
    const nonce = createHmac("sha256", this.#nonceKey)
      .update(plain)
      .digest()
      .subarray(0, NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#cipherKey, nonce);
    const sealed = Buffer.concat([cipher.update(plain), cipher.final()]);
    return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url");
  }

  /** Throws InvalidCursor when it is no cursor, or one of another query. */
  decode(cursor: string, fingerprint: Buffer): Position {
    const plain = this.#open(Buffer.from(cursor, "base64url"));
    if (!plain.subarray(0, FINGERPRINT_BYTES).equals(fingerprint)) {
      const data = { isConvexSystemError: true, paginationError: "InvalidCursor" };
      throw new DeveloperError(MISMATCH, "InvalidCursor", data);
    }
    if (plain[FINGERPRINT_BYTES] === 0) return { kind: "end" };
    return { kind: "after", key: bufferToKey(plain.subarray(FINGERPRINT_BYTES + 1)) };
  }

  #open(sealed: Buffer): Buffer {
    try {
      const nonce = sealed.subarray(0, NONCE_BYTES);
      // Without its length a tag of four bytes would do, too.
      const options = { authTagLength: TAG_BYTES };
      const decipher = createDecipheriv("aes-256-gcm", this.#cipherKey, nonce, options);
      decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const body = sealed.subarray(NONCE_BYTES + TAG_BYTES);
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      throw new DeveloperError("Failed to parse cursor", "InvalidCursor");
    }
  }
}

/** Two queries have the same fingerprint exactly when they walk the same rows the same way. */
export function fingerprintOf(query: JSONValue, indexFields: readonly string[]): Buffer {
  const text = JSON.stringify([query, indexFields]);
  return createHash("sha256").update(text).digest().subarray(0, FINGERPRINT_BYTES);
}
