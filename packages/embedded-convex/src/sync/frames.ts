/**
 * What the server sends, as bytes. Values are never serialised here: a transition is
 * spliced around the tails that the shared results bring with them.
 */
import type { JSONValue } from "convex/values";
import type { ActionOutcome, MutationOutcome, Timestamp } from "../rooms.ts";
import { errorDataField, errorMessage, type SharedResult } from "../subscriptions/shared-result.ts";
import { tsToBase64 } from "../values/timestamps.ts";
import { type TextFrame, textFrame } from "./text-frame.ts";

/** `serverTs` may be this much older than the moment of sending. */
const SAME_MOMENT_NS = 10_000_000n;
const RECENT_FRAMES = 16; // viewers who came in different ways differ in versions and query ids
const MAX_RECENT_BYTES = 64 * 1024; // beyond it copying is nothing beside sending

interface RecentFrame {
  readonly frame: TextFrame;
  readonly serverTs: bigint;
}

/** Frames whose only change is this result. */
const recentFrames = new WeakMap<SharedResult, Map<string, RecentFrame>>();

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

/**
 * One transition as a text message. Viewers of one query who stand at the same versions
 * are told the same in the same loop: they get one buffer, built once.
 */
export function transitionFrame(parts: TransitionParts): TextFrame {
  const { changes, serverTs } = parts;
  const [only] = changes;
  if (changes.length !== 1 || only === undefined || only.result === null) return build(parts);
  const recent = recentFramesOf(only.result);
  const { start, end, clientClockSkew } = parts;
  const key = `${version(start)}${version(end)}${only.queryId} ${clientClockSkew}`;
  const known = recent.get(key);
  if (known !== undefined && serverTs - known.serverTs < SAME_MOMENT_NS) return known.frame;
  const frame = build(parts);
  if (frame.bytes.length <= MAX_RECENT_BYTES) remember(recent, key, { frame, serverTs });
  return frame;
}

function recentFramesOf(result: SharedResult): Map<string, RecentFrame> {
  let recent = recentFrames.get(result);
  if (recent === undefined) {
    recent = new Map();
    recentFrames.set(result, recent);
  }
  return recent;
}

/** The one that was built first leaves. */
function remember(recent: Map<string, RecentFrame>, key: string, entry: RecentFrame): void {
  recent.delete(key);
  recent.set(key, entry);
  const [oldest] = recent.keys();
  if (recent.size > RECENT_FRAMES && oldest !== undefined) recent.delete(oldest);
}

function build({ start, end, changes, clientClockSkew, serverTs }: TransitionParts): TextFrame {
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
  return textFrame(pieces);
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
