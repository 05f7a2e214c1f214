/**
 * One request to ingest and what its answer means. Decides nothing about trying
 * again but whether it could help.
 */

import type { Clock } from "./clock.ts";
import { type ItemResult, readRefusal, readResults } from "./delivery.ts";
import { REQUEST_LIMITS, type SourceEvent } from "./events.ts";
import type { OutboxEntry } from "./outbox.ts";
import { askedMs } from "./retry-delay.ts";

/** What came of a request. */
export type Answer =
  | { readonly kind: "results"; readonly results: readonly ItemResult[] }
  | { readonly kind: "tooLarge"; readonly code: string; readonly message: string }
  | { readonly kind: "retry"; readonly askedMs: number | null; readonly reason: string }
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly code: string;
      readonly message: string;
    };

/** Where and how to send. */
export interface IngestTarget {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
}

const ENVELOPE_BYTES = '{"events":[]}'.length;

/** The first entries that fit into one request: at least one, if there is any. */
export function takeBatch(entries: readonly OutboxEntry[], mostEvents: number): OutboxEntry[] {
  const batch: OutboxEntry[] = [];
  let bytes = ENVELOPE_BYTES;
  for (const entry of entries.slice(0, Math.min(mostEvents, REQUEST_LIMITS.events))) {
    bytes += entry.bytes + 1; // the comma
    if (batch.length > 0 && bytes > REQUEST_LIMITS.bodyBytes) break;
    batch.push(entry);
  }
  return batch;
}

/** Sends the events. Throws only the signal's reason. */
export async function postEvents(
  target: IngestTarget,
  events: readonly SourceEvent[],
  signal: AbortSignal,
): Promise<Answer> {
  const finished = new AbortController();
  const timeout = timeoutSignal(target, finished.signal);
  try {
    const response = await target.fetch(target.url, {
      method: "POST",
      headers: { authorization: `Bearer ${target.token}`, "content-type": "application/json" },
      body: JSON.stringify({ events }),
      signal: AbortSignal.any([signal, timeout]),
    });
    const body: unknown = await response.json().catch(() => null);
    signal.throwIfAborted();
    return readAnswer(response, body, { count: events.length, nowMs: target.clock.nowMs() });
  } catch (error) {
    signal.throwIfAborted();
    const reason = timeout.aborted ? `no answer within ${target.timeoutMs} ms` : reasonOf(error);
    return { kind: "retry", askedMs: null, reason };
  } finally {
    finished.abort();
  }
}

function readAnswer(
  response: Response,
  body: unknown,
  context: { count: number; nowMs: number },
): Answer {
  const { status } = response;
  if (status === 200) {
    const results = readResults(body, context.count);
    if (results !== null) return { kind: "results", results };
    return { kind: "retry", askedMs: null, reason: "the answer does not name every event" };
  }
  const refusal = readRefusal(body);
  if (status === 413) return { kind: "tooLarge", ...refusal };
  if (status === 429 || status === 408 || status >= 500) {
    const asked = askedMs(response.headers.get("retry-after"), context.nowMs);
    return {
      kind: "retry",
      askedMs: asked,
      reason: `${status} ${refusal.code}: ${refusal.message}`,
    };
  }
  return { kind: "refused", status, ...refusal };
}

/** Aborts after the time-out, unless finished first. */
function timeoutSignal(target: IngestTarget, finished: AbortSignal): AbortSignal {
  const timeout = new AbortController();
  target.clock.wait(target.timeoutMs, finished).then(
    () => timeout.abort(),
    () => {}, // the request was faster
  );
  return timeout.signal;
}

/** fetch hides why it failed in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
