/** What every outbox promises. */
import { describe, expect, test } from "vitest";
import type { Outbox } from "../src/outbox.ts";
import { post, posts } from "./events.ts";

export function outboxContract(
  name: string,
  withOutbox: (act: (outbox: Outbox) => Promise<void>) => Promise<void>,
): void {
  describe(`outbox in ${name}`, () => {
    const messageIds = (outbox: Outbox) => outbox.pending(1000).map(({ event }) => event.messageId);

    test("[OUT1] entries come back in order until they are settled", () =>
      withOutbox(async (outbox) => {
        const ids = await outbox.append(posts(3));
        await outbox.append([post("m4")]);
        expect(messageIds(outbox)).toEqual(["m1", "m2", "m3", "m4"]);
        expect(outbox.pending(2)).toHaveLength(2);
        await outbox.settle(ids.slice(0, 2));
        await outbox.settle([999]);
        expect(messageIds(outbox)).toEqual(["m3", "m4"]);
        expect(outbox.size).toBe(2);
      }));

    test("[OUT1] appends at the same time keep the order of the calls", () =>
      withOutbox(async (outbox) => {
        await Promise.all(posts(50).map((event) => outbox.append([event])));
        expect(messageIds(outbox)).toEqual(posts(50).map(({ messageId }) => messageId));
      }));

    test("[OUT2] waiting ends when something is pending", () =>
      withOutbox(async (outbox) => {
        const { signal } = new AbortController();
        const waiting = outbox.untilPending(signal);
        await outbox.append([post("m1")]);
        await waiting;
        await outbox.untilPending(signal);
      }));

    test("[OUT2] waiting ends with the signal", () =>
      withOutbox(async (outbox) => {
        const controller = new AbortController();
        const waiting = outbox.untilPending(controller.signal);
        controller.abort(new Error("enough"));
        await expect(waiting).rejects.toThrow("enough");
      }));

    test("[OUT1] the bytes of an entry are those of its JSON", () =>
      withOutbox(async (outbox) => {
        const event = post("m1", "привет 🚀");
        await outbox.append([event]);
        expect(outbox.pending(1)[0]?.bytes).toBe(Buffer.byteLength(JSON.stringify(event)));
      }));
  });
}
