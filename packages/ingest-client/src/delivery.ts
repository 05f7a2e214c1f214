/**
 * What the server says about each event, and what the client hands on. The wire
 * format is that of `POST {site}/ingest/v1/events`.
 */
import type { SourceEvent } from "./events.ts";

/**
 * What became of one event. `duplicate` and `stale` are fine: it was known, or a
 * newer one is stored. `rejected` will never be accepted as it is.
 */
export type ItemResult =
  | { readonly status: "accepted" | "duplicate" | "stale"; readonly seq?: number }
  | { readonly status: "rejected"; readonly code: string; readonly message: string };

/** An event that left the outbox, with the server's word on it. */
export interface Delivery {
  readonly event: SourceEvent;
  readonly result: ItemResult;
}

/** A request that failed for now. The events stay in the outbox and go out again after `delayMs`. */
export interface Retry {
  readonly attempt: number;
  readonly delayMs: number;
  readonly reason: string;
}

/** The server refuses the whole request and repeating it will not help. Nothing was lost: the events are still in the outbox. */
export class IngestRefusedError extends Error {
  override readonly name = "IngestRefusedError";
  readonly status: number;
  readonly code: string;

  constructor(refusal: { status: number; code: string; message: string }) {
    super(
      `the server refused the request with ${refusal.status} ${refusal.code}: ${refusal.message}`,
    );
    this.status = refusal.status;
    this.code = refusal.code;
  }
}

/** The results of an answer by position in the batch, or null if it is not the answer to `count` events. */
export function readResults(body: unknown, count: number): ItemResult[] | null {
  if (!isRecord(body) || !Array.isArray(body.results)) return null;
  const byIndex = new Map<unknown, ItemResult>();
  for (const item of body.results) {
    const result = isRecord(item) ? readResult(item) : null;
    if (isRecord(item) && result !== null) byIndex.set(item.index, result);
  }
  const results = Array.from({ length: count }, (_, index) => byIndex.get(index));
  return results.every((result) => result !== undefined) ? results : null;
}

/** `code` and `message` of a refusal, or words that say what came instead. */
export function readRefusal(body: unknown): { code: string; message: string } {
  const { code, message } = isRecord(body) ? body : {};
  return {
    code: typeof code === "string" ? code : "unknown",
    message: typeof message === "string" ? message : "the answer has no message",
  };
}

function readResult(item: Record<string, unknown>): ItemResult | null {
  const { status, seq } = item;
  if (status === "rejected") return { status, ...readRefusal(item) };
  if (status !== "accepted" && status !== "duplicate" && status !== "stale") return null;
  return typeof seq === "number" ? { status, seq } : { status };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
