/**
 * One execution's result, serialised once for all who watch it.
 *
 * Owns its validity: from `ts` until the commit that touched what it read.
 */
import { createHash } from "node:crypto";
import type { JSONValue } from "convex/values";
import type { FunctionFailure, Identity, QueryOutcome, ReadSet, Timestamp } from "../rooms.ts";

export class SharedResult {
  /** Whose result it is. */
  readonly family: ResultMaker;
  readonly ts: Timestamp;
  readonly reads: ReadSet;
  readonly observedIdentity: boolean;
  readonly observedTime: boolean;
  readonly journal: string | null;
  readonly executedAtMs: number;
  /** `QueryUpdated` or `QueryFailed`. */
  readonly type: string;
  /** The rest of that modification behind `"queryId":n,`, closing brace included. */
  readonly tail: Buffer;
  /** Of value and log lines, or of the error without its request id. */
  readonly hash: string;
  /** Who was handed this result last and still watches. */
  readonly holders = new Set<ResultHolder>();
  /** The first commit after which it no longer holds. */
  touchedAt: Timestamp | null = null;

  constructor(
    family: ResultMaker,
    ts: Timestamp,
    outcome: QueryOutcome,
    requestId: string,
    executedAtMs: number,
  ) {
    const { result, logLines, journal } = outcome;
    this.family = family;
    this.ts = ts;
    this.reads = outcome.readSet;
    this.observedIdentity = outcome.observedIdentity;
    this.observedTime = outcome.observedTime;
    this.journal = journal;
    this.executedAtMs = executedAtMs;
    const logs = JSON.stringify(logLines);
    const body = result.ok ? `"value":${result.json}` : failedBody(result.failure, requestId);
    this.type = result.ok ? "QueryUpdated" : "QueryFailed";
    this.tail = Buffer.from(`${body},"logLines":${logs},"journal":${JSON.stringify(journal)}}`);
    this.hash = createHash("sha256")
      .update(result.ok ? `value ${result.json}` : `error ${failedBody(result.failure, "")}`)
      .update(logs)
      .digest("base64");
  }

  isValidAt(ts: Timestamp): boolean {
    return this.ts <= ts && (this.touchedAt === null || ts < this.touchedAt);
  }
}

export interface ResultMaker {
  /** Makes a touched result anew at `ts` and tells those who hold it. */
  refresh(outdated: SharedResult, ts: Timestamp): void;
}

export interface ResultHolder {
  readonly identity: Identity;
  readonly identityKey: string;
  /** The result no longer holds; the next one is being made. */
  onTouched(): void;
  /** There may be a newer result: time to read. */
  onReady(): void;
}

/** The text of a developer error as clients see it. */
export function errorMessage(failure: FunctionFailure, requestId: string): string {
  return `[Request ID: ${requestId}] Server Error\n${failure.text}`;
}

/** `,"errorData":…` for a ConvexError; nothing for others, where the key must be absent. */
export function errorDataField(data: JSONValue | undefined): string {
  return data === undefined ? "" : `,"errorData":${JSON.stringify(data)}`;
}

function failedBody(failure: FunctionFailure, requestId: string): string {
  const message = JSON.stringify(errorMessage(failure, requestId));
  return `"errorMessage":${message}${errorDataField(failure.data)}`;
}
