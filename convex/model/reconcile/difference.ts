/**
 * Whether what a provider says differs from what we know, and the event that mends it.
 *
 *   object -> event at the time it is so -> facts --- the fold with them is another: a difference
 *                                                 '-- the same: nothing to store
 *
 * [DIFF1] What changes no purchase and links nothing new is no difference.
 * [DIFF2] A state that was told later than the object says it began is overruled from now on, never before.
 * [DIFF3] The event's key is made of what is said and of what it overrules: said twice, it is one event;
 *         said again after something else was, it is another.
 * [DIFF4] Of a deleted person nothing comes back: what the provider still says of them is compared, and stored, with
 *         the pseudonym they have here.
 */
import {
  type Fact,
  foldPurchase,
  isSamePurchase,
  type PaymentEvent,
  type Provider,
  pseudonymIn,
  pseudonymise,
  type Ref,
  readPaymentEvent,
} from "@heliograph/domain";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { MutationCtx } from "../../_generated/server.js";
import { type Group, readGroup } from "../payments/factRows.ts";
import { foreignCause } from "../payments/origin.ts";
import { graceMs } from "../payments/settings.ts";
import { wrap } from "./envelope.ts";

/** What an object says, and since when by its own word. */
export interface Said {
  readonly type: string;
  readonly object: string; // JSON
  readonly sinceMs: number | null;
}

/** The event to store. */
export interface Difference {
  readonly body: string;
  readonly start: Ref;
}

const SECOND_MS = 1_000; // the finest time that every provider's envelope has

/** Null: what we know says the same already, or it is none of ours. */
export async function findDifference(
  ctx: Pick<MutationCtx, "db">,
  provider: Provider,
  said: Said,
  nowMs: number,
): Promise<Difference | null> {
  const bodyOf = (text: string, key: string, atMs: number) =>
    wrap(provider, { type: said.type, object: JSON.parse(text), key, atMs });
  const draft = eventIn(provider, bodyOf(said.object, "draft", said.sinceMs ?? nowMs), nowMs);
  const start = draft?.about[0];
  if (draft === null || start === undefined) return null;
  const known = await readKnown(ctx, provider, draft.about);
  const told = withoutDeleted(said.object, draft.facts, known.facts);
  const bodyAt = (key: string, atMs: number) => bodyOf(told, key, atMs);
  const name = `reconciliation:${said.type}:${start}:${hashOf(told, 24)}`;
  const rival = newestRival(known.facts, draft.facts);
  if (rival?.key.startsWith(name)) return null;
  const key = rival === null ? name : `${name}:${hashOf(rival.key, 12)}`;
  const body = bodyAt(key, momentOf(said.sinceMs, rival, nowMs));
  const event = eventIn(provider, body, nowMs);
  return event === null || !changes(provider, known, event) ? null : { body, start };
}

/** The event in a body, if it is one that can change a purchase of this seller's. */
function eventIn(provider: Provider, body: string, nowMs: number): PaymentEvent | null {
  const read = readPaymentEvent(provider, body, nowMs);
  if (!read.ok || !read.event.known) return null;
  return foreignCause(provider, body, read.event.isTest) === null ? read.event : null;
}

/** The object without its person, if they were deleted here. */
function withoutDeleted(object: string, said: readonly Fact[], known: readonly Fact[]): string {
  const emailsIn = (facts: readonly Fact[]) =>
    facts.flatMap((fact) => (fact.kind === "buyer" && fact.email !== null ? [fact.email] : []));
  const [pseudonym] = emailsIn(known).flatMap((email) => pseudonymIn(email) ?? []);
  if (pseudonym === undefined) return object;
  return pseudonymise(object, { emails: emailsIn(said), ids: [] }, pseudonym);
}

interface Known {
  readonly facts: readonly Fact[];
  readonly areLinked: boolean; // all refs are in one group
}

async function readKnown(
  ctx: Pick<MutationCtx, "db">,
  provider: Provider,
  about: readonly Ref[],
): Promise<Known> {
  const groups: Group[] = [];
  for (const ref of about) {
    if (groups.some(({ refs }) => refs.includes(ref))) continue;
    groups.push(await readGroup(ctx, provider, [ref]));
  }
  return { facts: groups.flatMap(({ facts }) => facts), areLinked: groups.length === 1 };
}

/** What was last told of the same state: of two, only one can hold. */
function newestRival(known: readonly Fact[], said: readonly Fact[]): Fact | null {
  const names = said.map(stateName).filter((name) => name !== null);
  const rivals = known.filter((fact) => names.some((name) => name === stateName(fact)));
  return rivals.toSorted((a, b) => a.atMs - b.atMs || (a.key < b.key ? -1 : 1)).at(-1) ?? null;
}

function stateName(fact: Fact): string | null {
  switch (fact.kind) {
    case "subscription":
      return fact.kind;
    case "refund":
      return `refund ${fact.refund}`;
    case "dispute":
      return `dispute ${fact.dispute}`;
    default:
      return null;
  }
}

function momentOf(sinceMs: number | null, rival: Fact | null, nowMs: number): number {
  if (rival === null) return sinceMs ?? nowMs;
  if (sinceMs !== null && sinceMs > rival.atMs) return sinceMs;
  return Math.max(nowMs, rival.atMs + SECOND_MS);
}

function changes(provider: Provider, { facts, areLinked }: Known, event: PaymentEvent): boolean {
  if (!areLinked || facts.length === 0) return true;
  const fold = (all: readonly Fact[]) => foldPurchase(provider, all, { graceMs: graceMs() });
  return !isSamePurchase(fold(facts), fold([...facts, ...event.facts]));
}

function hashOf(text: string, length: number): string {
  return bytesToHex(sha256(utf8ToBytes(text))).slice(0, length);
}
