/** Reading a batch: untrusted JSON becomes items, each an event or a refusal of its own. */
import { INGEST_LIMITS, parseSourceEvent, type SignalKind, textKindOf } from "@heliograph/domain";
import type { ReadItem } from "./acceptBatch.ts";

/** A batch that was read, or why the whole of it is refused. */
export type ReadBatch =
  | { readonly ok: true; readonly items: ReadItem[] }
  | {
      readonly ok: false;
      readonly code: "bad_shape" | "batch_too_large";
      readonly message: string;
    };

/** Reads the `events` of a request. `textKinds`: what their sender has already found them to mean. */
export function readBatch(
  events: unknown,
  nowMs: number,
  textKinds?: readonly (SignalKind | null)[],
): ReadBatch {
  if (!Array.isArray(events)) {
    return { ok: false, code: "bad_shape", message: 'Send {"events":[...]}.' };
  }
  const most = INGEST_LIMITS.eventsPerRequest;
  if (events.length > most) {
    const message = `Send at most ${most} events at once, not ${events.length}.`;
    return { ok: false, code: "batch_too_large", message };
  }
  return { ok: true, items: events.map((event, i) => readItem(event, nowMs, textKinds?.[i])) };
}

function readItem(event: unknown, nowMs: number, known: SignalKind | null | undefined): ReadItem {
  const parsed = parseSourceEvent(event, { nowMs });
  if (!parsed.ok) return { ok: false, code: parsed.code, message: parsed.message };
  const textKind = known === undefined ? textKindOf(parsed.event) : known;
  return textKind === null ? parsed : { ...parsed, textKind };
}
