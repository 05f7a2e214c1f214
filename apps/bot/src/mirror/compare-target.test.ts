import { expect, test } from "vitest";
import { mirrorWork } from "../../test/mirror-work.ts";
import { compareTarget } from "./compare-target.ts";
import { textOf } from "./discord-channel.ts";
import { mirrorBodies, type PostedMessage } from "./mirror-parts.ts";

const LOOKED = { from: 100n, to: 200n };

function applied(seq: number, ...messageIds: string[]) {
  return mirrorWork({ mirrorId: `m${seq}`, seq, applied: { revision: 1, messageIds } });
}

/** The first message of the mirror as it should stand. */
function standing(work: ReturnType<typeof applied>, id: string): PostedMessage {
  const [body] = mirrorBodies(work, "edit");
  if (body === undefined) throw new Error("no body");
  return { id, card: body.embeds.at(-1)?.author?.name ?? null, text: textOf(body) };
}

test("[CMP1] what stands as it should is no finding", () => {
  const work = applied(1, "150");
  const found = compareTarget([work], [standing(work, "150")], LOOKED);
  expect(found).toEqual({ compared: 1, missing: [], changed: [], strays: [] });
});

test("[CMP1] what is older or newer than the look is not judged", () => {
  const works = [applied(1, "99"), applied(2, "200")];
  const found = compareTarget(works, [standing(applied(3), "201")], LOOKED);
  expect(found).toMatchObject({ missing: [], strays: [] });
});

test("[CMP2] a mirror that lost a message is missing it, and is not changed as well", () => {
  const work = applied(1, "150", "151");
  const found = compareTarget([work], [standing(work, "150")], LOOKED);
  expect(found).toMatchObject({ missing: ["151"], changed: [] });
});

test("[CMP2] one that shows something else is changed", () => {
  const work = applied(1, "150");
  const found = compareTarget([work], [{ ...standing(work, "150"), text: "else" }], LOOKED);
  expect(found).toMatchObject({ missing: [], changed: ["m1"] });
});

test("[CMP3] a card that nobody claims is a candidate, a message without a card is none", () => {
  const work = applied(7, "150");
  const twice = standing(work, "151");
  const plain = { id: "152", card: null, text: "hello" };
  const found = compareTarget([work], [standing(work, "150"), twice, plain], LOOKED);
  expect(found.strays).toEqual([{ messageId: "151", feed: "pro", seq: 7 }]);
});
