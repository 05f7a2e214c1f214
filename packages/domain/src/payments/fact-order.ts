/**
 * One order for the facts of a purchase, whatever order they came in, each once.
 *
 * By time, then by rank, then by period, then by text. Providers stamp events with whole seconds, so at one time the
 * rank stands for what must have come first: a subscription lives before it fails, fails before it is
 * paid, and ends last; a payment is paid before it is refunded or disputed, and a refund or a dispute
 * is open before it is settled.
 */
import { canonicalText } from "../canonical-text.ts";
import type { Fact } from "./facts.ts";

const ORDER = [
  "link",
  "buyer",
  "warning",
  "sale pending",
  "sale failed",
  "subscription pending",
  "subscription trialing",
  "subscription active",
  "invoice void",
  "invoice failed",
  "subscription pastDue",
  "sale paid",
  "invoice paid",
  "subscription paused",
  "subscription unpaid",
  "subscription ended",
  "refundTotal",
  "refund pending",
  "refund succeeded",
  "refund failed",
  "dispute noted",
  "dispute open",
  "dispute won",
  "dispute lost",
];

/** The facts, ordered and each once. A fact told twice counts from the first time it was told. */
export function inOrder(facts: Iterable<Fact>): Fact[] {
  const ordered = [...facts]
    .map((fact) => ({ fact, rank: rankOf(fact), text: canonicalText({ ...fact, atMs: 0 }) }))
    .sort(
      (a, b) =>
        a.fact.atMs - b.fact.atMs ||
        a.rank - b.rank ||
        periodOf(a.fact) - periodOf(b.fact) ||
        (a.text < b.text ? -1 : 1),
    );
  const seen = new Set<string>();
  return ordered.filter(({ text }) => !seen.has(text) && seen.add(text)).map(({ fact }) => fact);
}

function rankOf(fact: Fact): number {
  return ORDER.indexOf("state" in fact ? `${fact.kind} ${fact.state}` : fact.kind);
}

/** Of two states of a subscription told in one second, the one with the later period came later. */
function periodOf(fact: Fact): number {
  return fact.kind === "subscription" ? (fact.periodEndMs ?? 0) : 0;
}
