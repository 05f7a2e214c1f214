/** Reading a batch: untrusted JSON becomes items, each an event or a refusal of its own. */
import { INGEST_LIMITS, parseSourceEvent } from "@heliograph/domain";
import type { ReadItem } from "./acceptBatch.ts";

/** A batch that was read, or why the whole of it is refused. */
export type ReadBatch =
  | { readonly ok: true; readonly items: ReadItem[] }
  | {
      readonly ok: false;
      readonly code: "bad_shape" | "batch_too_large";
      readonly message: string;
    };

/** Reads the `events` of a request. */
export function readBatch(events: unknown, nowMs: number): ReadBatch {
  if (!Array.isArray(events)) {
    return { ok: false, code: "bad_shape", message: 'Send {"events":[...]}.' };
  }
  const most = INGEST_LIMITS.eventsPerRequest;
  if (events.length > most) {
    const message = `Send at most ${most} events at once, not ${events.length}.`;
    return { ok: false, code: "batch_too_large", message };
  }
  return { ok: true, items: events.map((event) => readItem(event, nowMs)) };
}

function readItem(event: unknown, nowMs: number): ReadItem {
  const parsed = parseSourceEvent(event, { nowMs });
  return parsed.ok ? parsed : { ok: false, code: parsed.code, message: parsed.message };
}
