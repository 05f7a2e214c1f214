/** Puts an event together from what a provider's reader found in its body. */
import type { Fact, FactBody, PaymentEvent, PaymentRefusalCode } from "./facts.ts";
import type { Json } from "./json-fields.ts";
import { linksAmong, type Provider, type Ref, type RefKind } from "./refs.ts";

/** A refusal on its way out of a reader. */
export interface Refused {
  readonly code: PaymentRefusalCode;
  readonly message: string;
}

/** A body as the readers get it. The hash names events that have no id of their own. */
export interface RawBody {
  readonly json: Json;
  readonly hash: () => string;
  readonly receivedAtMs: number;
}

/** What a reader found. `said` null: a type this version does not know. */
export interface FoundEvent {
  readonly provider: Provider;
  readonly type: string;
  readonly eventKey: string;
  readonly occurredAtMs: number | null;
  readonly receivedAtMs: number;
  readonly isTest: boolean;
  readonly said: Said | null;
}

/** The refs an event names, nulls for those it leaves out, and what it says about them. */
export interface Said {
  readonly refs: readonly (Ref | null)[];
  readonly bodies: readonly FactBody[];
}

/** The event. Refs that belong together are linked by a fact of their own, so that the fold sees it, too. */
export function eventOf(found: FoundEvent): PaymentEvent {
  const { provider, type, eventKey, occurredAtMs, receivedAtMs, isTest, said } = found;
  const refs = [...new Set(said?.refs.filter((ref) => ref !== null))];
  const head = { atMs: occurredAtMs ?? receivedAtMs, key: eventKey, refs };
  const bodies = said?.bodies ?? [];
  const told = bodies.length === 0 && refs.length > 1 ? [{ kind: "link" } as const] : bodies;
  const facts = told.map((body): Fact => ({ ...body, ...head }));
  const isKnown = said !== null;
  const links = linksAmong(refs);
  return {
    provider,
    type,
    eventKey,
    occurredAtMs,
    facts,
    links,
    about: refs,
    isTest,
    known: isKnown,
  };
}

/** A ref, or null if there is no id. */
export function refTo(kind: RefKind, id: string | null): Ref | null {
  return id === null ? null : `${kind}:${id}`;
}

/** The bodies that are there. */
export function present(bodies: readonly (FactBody | null)[]): FactBody[] {
  return bodies.filter((body) => body !== null);
}
