/**
 * What the server sends, as bytes. Values are never serialised here: a transition is
 * spliced around the tails that the shared results bring with them.
 */
import type { JSONValue } from "convex/values";
import type { ActionOutcome, MutationOutcome, Timestamp } from "../rooms.ts";
import { errorDataField, errorMessage, type SharedResult } from "../subscriptions/shared-result.ts";
import { tsToBase64 } from "../values/timestamps.ts";

export interface StateVersion {
  readonly querySet: number;
  readonly identity: number;
  readonly ts: Timestamp;
}

export type QueryChange =
  | { readonly queryId: number; readonly result: SharedResult }
  | { readonly queryId: number; readonly result: null };

export interface TransitionParts {
  readonly start: StateVersion;
  readonly end: StateVersion;
  /** Ascending by query id; a null result means removed. */
  readonly changes: readonly QueryChange[];
  /** Milliseconds; null leaves the key out. */
  readonly clientClockSkew: number | null;
  readonly serverTs: bigint;
}

export function transitionFrame(parts: TransitionParts): Buffer {
  const { start, end, changes, clientClockSkew, serverTs } = parts;
  const pieces: Buffer[] = [];
  let text = `{"type":"Transition","startVersion":${version(start)},"endVersion":${version(end)},"modifications":[`;
  changes.forEach(({ queryId, result }, i) => {
    const comma = i === 0 ? "" : ",";
    if (result === null) {
      text += `${comma}{"type":"QueryRemoved","queryId":${queryId}}`;
      return;
    }
    pieces.push(Buffer.from(`${text}${comma}{"type":"${result.type}","queryId":${queryId},`));
    pieces.push(result.tail);
    text = "";
  });
  const skew = clientClockSkew === null ? "" : `,"clientClockSkew":${clientClockSkew}`;
  pieces.push(Buffer.from(`${text}]${skew},"serverTs":${serverTs}}`));
  return Buffer.concat(pieces);
}

/** Cuts a transition into TransitionChunk frames of at most `maxBytes` of content each. */
export function transitionChunks(frame: Buffer, maxBytes: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < frame.length; ) {
    const end = characterBoundary(frame, Math.min(at + maxBytes, frame.length));
    pieces.push(frame.toString("utf8", at, end));
    at = end;
  }
  return pieces.map((chunk, partNumber) =>
    JSON.stringify({
      type: "TransitionChunk",
      chunk,
      partNumber,
      totalParts: pieces.length,
      transitionId: String(frame.length),
    }),
  );
}

export function mutationFrame(
  requestId: number,
  errorRequestId: string,
  outcome: MutationOutcome,
): string {
  const logs = JSON.stringify(outcome.logLines);
  const head = `{"type":"MutationResponse","requestId":${requestId}`;
  if (!outcome.ok) {
    return `${head},"success":false,"result":${failureText(outcome, errorRequestId)},"ts":null,"logLines":${logs}${errorDataField(outcome.failure.data)}}`;
  }
  return `${head},"success":true,"result":${outcome.json},"ts":"${tsToBase64(outcome.ts)}","logLines":${logs}}`;
}

export function actionFrame(
  requestId: number,
  errorRequestId: string,
  outcome: ActionOutcome,
): string {
  const logs = JSON.stringify(outcome.logLines);
  const head = `{"type":"ActionResponse","requestId":${requestId}`;
  if (!outcome.ok) {
    return `${head},"success":false,"result":${failureText(outcome, errorRequestId)},"logLines":${logs}${errorDataField(outcome.failure.data)}}`;
  }
  return `${head},"success":true,"result":${outcome.json},"logLines":${logs}}`;
}

/** For the small messages. */
export function smallFrame(message: {
  readonly type: string;
  readonly [key: string]: JSONValue;
}): string {
  return JSON.stringify(message);
}

function failureText(outcome: Extract<ActionOutcome, { ok: false }>, requestId: string): string {
  return JSON.stringify(errorMessage(outcome.failure, requestId));
}

function version({ querySet, identity, ts }: StateVersion): string {
  return `{"querySet":${querySet},"identity":${identity},"ts":"${encodeTs(ts)}"}`;
}

let latest: { readonly ts: Timestamp; readonly text: string } = { ts: 0n, text: tsToBase64(0n) };
let previous = latest;

/** All viewers go from the same timestamp to the same: two remembered spare nearly all the work. */
function encodeTs(ts: Timestamp): string {
  if (ts === latest.ts) return latest.text;
  if (ts === previous.ts) return previous.text;
  previous = latest;
  latest = { ts, text: tsToBase64(ts) };
  return latest.text;
}

/** The last position up to `end` that does not split a UTF-8 character. */
function characterBoundary(bytes: Buffer, end: number): number {
  let at = end;
  while (at < bytes.length && ((bytes[at] ?? 0) & 0xc0) === 0x80) at--;
  return at;
}
