import { describe, expect, test } from "vitest";
import { rest, startSim } from "../../test/sim-fixture.ts";

async function post(body: unknown) {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const answer = await rest(sim, `POST /channels/${channelId}/messages`, { body });
  return { ...answer, stored: sim.messages(channelId).length };
}

test("[DMSG2] every faulty field is named at once, and nothing is stored", async () => {
  const body = {
    content: "x".repeat(2_001),
    nonce: "n".repeat(26),
    embeds: [{ title: 7 }],
    message_reference: { message_id: "x" },
  };
  const answer = await post(body);
  expect(answer).toMatchObject({
    status: 400,
    stored: 0,
    body: { code: 50_035, message: "Invalid Form Body" },
  });
  expect(answer.body).toMatchObject({
    errors: {
      content: {
        _errors: [{ code: "BASE_TYPE_MAX_LENGTH", message: "Must be 2000 or fewer in length." }],
      },
      nonce: { _errors: [{ code: "BASE_TYPE_MAX_LENGTH" }] },
      embeds: { 0: { title: { _errors: [{ code: "STRING_TYPE_CONVERT" }] } } },
      message_reference: { message_id: { _errors: [{ code: "NUMBER_TYPE_COERCE" }] } },
    },
  });
});

test.each([[{}], [{ content: "" }], [{ content: "  \n " }], [{ content: null, embeds: [] }]])(
  "[DMSG2] %j is an empty message",
  async (body) => {
    expect(await post(body)).toMatchObject({ status: 400, stored: 0, body: { code: 50_006 } });
  },
);

test("[DMSG2] a body that is no JSON object is refused with 50109", async () => {
  expect(await post([1])).toMatchObject({ status: 400, body: { code: 50_109 } });
});

test("[DMSG2] content is trimmed", async () => {
  expect(await post({ content: "  hello \n" })).toMatchObject({
    status: 200,
    body: { content: "hello" },
  });
});

const field = { name: "n", value: "v" };

describe("[DMSG3] embeds at the limit pass, and over it are refused", () => {
  test.each([
    ["title", { title: "x".repeat(256) }, { title: "x".repeat(257) }],
    ["description", { description: "x".repeat(4_096) }, { description: "x".repeat(4_097) }],
    [
      "fields",
      { fields: Array.from({ length: 25 }, () => field) },
      { fields: Array.from({ length: 26 }, () => field) },
    ],
    [
      "field name",
      { fields: [{ ...field, name: "x".repeat(256) }] },
      { fields: [{ ...field, name: "x".repeat(257) }] },
    ],
    [
      "field value",
      { fields: [{ ...field, value: "x".repeat(1_024) }] },
      { fields: [{ ...field, value: "" }] },
    ],
    ["footer", { footer: { text: "x".repeat(2_048) } }, { footer: { text: "x".repeat(2_049) } }],
    ["author", { author: { name: "x".repeat(256) } }, { author: { name: "x".repeat(257) } }],
    ["colour", { title: "x", color: 0xffffff }, { title: "x", color: 0x1000000 }],
    [
      "link",
      { title: "x", url: "https://example.com" },
      { title: "x", url: "javascript:alert(1)" },
    ],
    [
      "time",
      { title: "x", timestamp: "2026-01-01T00:00:00Z" },
      { title: "x", timestamp: "yesterday" },
    ],
    ["content at all", { image: { url: "https://example.com/a.png" } }, {}],
  ])("[DMSG3] %s", async (_part, passes, fails) => {
    expect(await post({ embeds: [passes] })).toMatchObject({ status: 200 });
    expect(await post({ embeds: [fails] })).toMatchObject({
      status: 400,
      stored: 0,
      body: { code: 50_035 },
    });
  });
});

test("[DMSG3] ten embeds of 600 characters pass; one more, or one character more, does not", async () => {
  const embeds = Array.from({ length: 10 }, () => ({ description: "x".repeat(600) }));
  expect(await post({ embeds })).toMatchObject({ status: 200 });
  expect(await post({ embeds: [...embeds, { title: "y" }] })).toMatchObject({ status: 400 });
  const tooLong = await post({ embeds: [...embeds.slice(1), { description: "x".repeat(601) }] });
  expect(tooLong.body).toMatchObject({
    errors: { embeds: { _errors: [{ code: "MAX_EMBED_SIZE_EXCEEDED" }] } },
  });
});
