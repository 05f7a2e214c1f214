/**
 * One page of a query (contract 3.8). A page ends where its size, a read limit or an
 * end cursor says; re-run with its end cursor it covers the same stretch of the index,
 * so neighbouring pages stay gapless while documents come and go.
 */
import { DeveloperError } from "../errors.ts";
import { keySuccessor } from "../values/keys.ts";
import { type CursorCodec, fingerprintOf, type Position } from "./cursors.ts";
import type { QueryStream } from "./query-stream.ts";
import type { ScanRange } from "./scan.ts";
import type { Page, PageRequest } from "./types.ts";
import type { Usage } from "./usage.ts";

const MAX_PAGE_SIZE = 32_000;
/** Pages longer than this are hard on the client. */
const RECOMMENDED_PAGE_LENGTH = 6144;
const RECOMMENDED_SHARE = 3 / 4;
/** The largest document: with less room left, the next row might not fit. */
const LARGEST_DOCUMENT_BYTES = 1 << 20;

/** What a page needs of its transaction and query. */
export interface PageSource {
  readonly usage: Usage;
  /** The fields of the query's index; empty when there is no such index. */
  readonly indexFields: readonly string[];
  /** Whether pages may be split in the middle. */
  readonly splits: boolean;
  /** Null when the table does not exist. */
  openStream(narrow: (range: ScanRange) => ScanRange): QueryStream | null;
}

/** About a millisecond of scanning and filtering. */
const ROWS_PER_STEP = 200;

interface Budget {
  /** Infinity when an end cursor decides. */
  readonly results: number;
  readonly rows: number;
  readonly bytes: number;
}

interface Walked {
  readonly page: string[];
  /** Positions of all rows examined. */
  readonly keys: string[];
  readonly bytes: number;
  readonly end: "exhausted" | "full" | "limited";
}

/** Pauses every so many rows; the page is what it returns. */
export function* runPage(
  source: PageSource,
  cursors: CursorCodec,
  request: PageRequest,
  journalEndCursor: string | null,
): Generator<void, Page> {
  checkRequest(request);
  const fingerprint = fingerprintOf(request.query, source.indexFields);
  const decode = (cursor: string | null) =>
    cursor === null ? null : cursors.decode(cursor, fingerprint);
  const start = decode(request.cursor);
  const fixedEnd = decode(request.endCursor ?? journalEndCursor);
  const narrow = (range: ScanRange) => stretch(range, start, fixedEnd);
  const stream = source.openStream(narrow);
  const budget = budgetOf(request, fixedEnd);
  const walked = stream === null ? nothing() : yield* walk(stream, budget, source.usage);
  const end = fixedEnd ?? endOf(walked, start);
  const encode = (position: Position) => cursors.encode(position, fingerprint);
  const continueCursor = encode(end);
  return {
    page: walked.page,
    isDone: end.kind === "end",
    continueCursor,
    splitCursor: source.splits ? splitCursor(walked.keys, encode) : null,
    pageStatus: statusOf(walked, request),
    endCursorForJournal: continueCursor,
  };
}

/** Runs steps to their end without a pause. */
export function lastOf<T>(steps: Generator<void, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function checkRequest({ pageSize, maximumRowsRead, maximumBytesRead }: PageRequest): void {
  if (pageSize <= 0) throw invalid("Must request at least 1 document while paginating");
  if (pageSize > MAX_PAGE_SIZE) throw invalid(`Requested too many items: ${pageSize}`);
  if (maximumRowsRead === 0 || maximumBytesRead === 0) {
    throw invalid("maximumRowsRead and maximumBytesRead must be greater than 0");
  }
}

/** The part of the range behind `start`, up to and including `end`. */
function stretch(range: ScanRange, start: Position | null, end: Position | null): ScanRange {
  let { start: low, end: high } = range;
  const { descending } = range;
  if (start?.kind === "end") return { ...range, end: low };
  if (start !== null && descending) high = start.key;
  if (start !== null && !descending) low = keySuccessor(start.key);
  if (end?.kind === "after" && descending) low = end.key;
  if (end?.kind === "after" && !descending) high = keySuccessor(end.key);
  if (high < low) high = low;
  return { ...range, start: low, end: high };
}

function budgetOf(request: PageRequest, fixedEnd: Position | null): Budget {
  if (fixedEnd !== null) return { results: Infinity, rows: Infinity, bytes: Infinity };
  return {
    results: request.pageSize,
    rows: request.maximumRowsRead ?? Infinity,
    bytes: request.maximumBytesRead ?? Infinity,
  };
}

function* walk(stream: QueryStream, budget: Budget, usage: Usage): Generator<void, Walked> {
  const page: string[] = [];
  const keys: string[] = [];
  let bytes = 0;
  for (;;) {
    if (page.length >= budget.results) return { page, keys, bytes, end: "full" };
    if (stream.limitReached()) return { page, keys, bytes, end: "exhausted" };
    const limited = keys.length >= budget.rows || bytes >= budget.bytes;
    const cramped = budget.results !== Infinity && !usage.hasRoomFor(LARGEST_DOCUMENT_BYTES);
    if (limited || (cramped && keys.length > 0)) return { page, keys, bytes, end: "limited" };
    const row = stream.nextRow();
    if (row === null) return { page, keys, bytes, end: "exhausted" };
    keys.push(row.key);
    if (keys.length % ROWS_PER_STEP === 0) yield;
    bytes += row.document.size;
    if (stream.accepts(row)) page.push(row.document.json);
  }
}

function endOf({ keys, end }: Walked, start: Position | null): Position {
  if (end === "exhausted") return { kind: "end" };
  const last = keys.at(-1);
  return last === undefined ? (start ?? { kind: "end" }) : { kind: "after", key: last };
}

function splitCursor(
  keys: readonly string[],
  encode: (position: Position) => string,
): string | null {
  if (keys.length <= 2) return null;
  const key = keys[Math.floor(keys.length / 2)];
  return key === undefined ? null : encode({ kind: "after", key });
}

function statusOf(walked: Walked, request: PageRequest): Page["pageStatus"] {
  if (walked.end === "limited") return "SplitRequired";
  const rowLimit = request.maximumRowsRead ?? MAX_PAGE_SIZE;
  const byteLimit = request.maximumBytesRead ?? 16 * LARGEST_DOCUMENT_BYTES;
  const long =
    walked.keys.length > rowLimit * RECOMMENDED_SHARE ||
    walked.bytes > byteLimit * RECOMMENDED_SHARE ||
    walked.page.length > RECOMMENDED_PAGE_LENGTH;
  return long ? "SplitRecommended" : null;
}

function nothing(): Walked {
  return { page: [], keys: [], bytes: 0, end: "exhausted" };
}

function invalid(message: string): DeveloperError {
  return new DeveloperError(message, "PaginationLimit");
}
