/** A webhook as a provider would send it, and ways to mix up a list of them. */
import * as fc from "fast-check";
import type { Fact, PaymentEvent } from "../../src/payments/facts.ts";
import { readPaymentEvent } from "../../src/payments/read-payment-event.ts";
import type { Provider } from "../../src/payments/refs.ts";

/** A raw body with the time at which it is first received. */
export interface RawEvent {
  readonly provider: Provider;
  readonly body: string;
  readonly receivedAtMs: number;
}

/** Every event somewhere, some of them twice or thrice, in any order. */
export function mixedUp<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  const copies = fc.array(fc.integer({ min: 1, max: 3 }), {
    minLength: items.length,
    maxLength: items.length,
  });
  return copies.chain((counts) => {
    const repeated = items.flatMap((item, index) => Array<T>(counts[index] ?? 1).fill(item));
    return fc.shuffledSubarray(repeated, { minLength: repeated.length });
  });
}

/** The event in a body that is one. */
export function read({ provider, body, receivedAtMs }: RawEvent): PaymentEvent {
  const result = readPaymentEvent(provider, body, receivedAtMs);
  if (!result.ok) throw new Error(`${result.code}: ${result.message} in ${body}`);
  return result.event;
}

/** All facts of these bodies, in the order of the bodies. */
export function factsOf(events: readonly RawEvent[]): Fact[] {
  return events.flatMap((event) => read(event).facts);
}
