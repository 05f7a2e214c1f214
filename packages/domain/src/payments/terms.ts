/** Arithmetic of times with a beginning and perhaps no end (null). */
import { canonicalText } from "../canonical-text.ts";
import type { Term } from "./purchase.ts";

/** A time from, including, to, not including. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number | null;
}

/** The parts of a span outside the blocks. */
export function spansWithout(span: Span, blocks: readonly Span[]): Span[] {
  let open = [span].filter(isFilled);
  for (const block of blocks) open = open.flatMap((part) => cut(part, block)).filter(isFilled);
  return open;
}

/** Adds a term behind the others; one that continues the last with the same products lengthens it. */
export function appendTerm(terms: Term[], term: Term): void {
  const last = terms.at(-1);
  const continues =
    last?.untilMs === term.fromMs && canonicalText(last.products) === canonicalText(term.products);
  if (last === undefined || !continues) terms.push(term);
  else terms[terms.length - 1] = { ...last, untilMs: term.untilMs };
}

/** Whether the time is within the span. */
export function isWithin({ fromMs, untilMs }: Span, atMs: number): boolean {
  return fromMs <= atMs && (untilMs === null || atMs < untilMs);
}

/** Whether there is any time in the span. */
export function isFilled({ fromMs, untilMs }: Span): boolean {
  return untilMs === null || fromMs < untilMs;
}

/** The earlier of two times; null counts as not given. */
export function earliest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.min(a, b);
}

/** The later of two times; null counts as not given. */
export function latest(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

function cut(span: Span, block: Span): Span[] {
  const before = { fromMs: span.fromMs, untilMs: earliest(span.untilMs, block.fromMs) };
  if (block.untilMs === null) return [before];
  return [before, { fromMs: Math.max(span.fromMs, block.untilMs), untilMs: span.untilMs }];
}
