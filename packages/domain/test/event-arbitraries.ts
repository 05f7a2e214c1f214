/** Random events of one message, for property tests. Few times and texts, so that ties and repeats are common. */
import * as fc from "fast-check";
import type { Embed, EventAttachment, PostEvent, SourceEvent } from "../src/source-event.ts";

const head = { messageId: fc.constant("m1"), channelId: fc.constant("c1") };
const occurredAt = fc.integer({ min: 1, max: 4 }).map((step) => 1_700_000_000_000 + step);
const content = fc.constantFrom("", "BTC long 64k", "SL to BE", "closed");
const embeds = fc.constantFrom<Embed[]>([], [{ title: "chart" }], [{ title: "levels" }]);
const attachments = fc.constantFrom<EventAttachment[]>(
  [],
  [{ id: "a1", name: "c.png", url: "https://files.test/c.png" }],
);

const postFields = fc.record(
  {
    author: fc.constantFrom({ id: "u1", name: "Ada" }, { id: "u1", name: "Ada L." }),
    content,
    embeds,
    attachments,
    replyTo: fc.constantFrom("m0"),
    kind: fc.constantFrom("entry" as const, "close" as const),
  },
  { requiredKeys: [] },
);

/** One create or edit carrying any of the fields. */
export const arbitraryPost: fc.Arbitrary<PostEvent> = fc
  .tuple(fc.record({ ...head, occurredAt }), fc.constantFrom("create", "update"), postFields)
  .map(([base, type, fields]) => ({ ...base, ...fields, type }));

/** One event of any type. */
export const arbitraryEvent: fc.Arbitrary<SourceEvent> = fc.oneof(
  { weight: 5, arbitrary: arbitraryPost },
  {
    weight: 1,
    arbitrary: fc.record({ ...head, occurredAt, type: fc.constant("delete" as const) }),
  },
);
