/**
 * Everything that says who somebody is or where they stand, mutated: tokens, keys, ids
 * and cursors. What is still accepted must mean what it meant before.
 */
import { createHmac } from "node:crypto";
import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mutatedText } from "../../test/fuzz/hostile.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { add, RawClient } from "../../test/raw-client.ts";
import { type Random, rounds, seededRandom } from "../../test/seeds.ts";
import { createSigner, inSeconds } from "../../test/tokens.ts";

const ISSUER = "https://issuer.example";
const CASES = 400;

let here: PushedEngine;
let elsewhere: PushedEngine;
let signer: Awaited<ReturnType<typeof createSigner>>;
let stranger: Awaited<ReturnType<typeof createSigner>>;

beforeAll(async () => {
  signer = await createSigner("ES256");
  stranger = await createSigner("ES256");
  const environment = { JWKS: signer.dataAddress };
  here = await startPushedEngine("disorder", { environment });
  elsewhere = await startPushedEngine("disorder", { environment });
}, 60_000);
afterAll(() => Promise.all([here.remove(), elsewhere.remove()]));

interface Shown {
  readonly type: string;
  readonly value?: { readonly page: readonly { readonly owner: string }[] };
  readonly journal: string | null;
  readonly errorMessage?: string;
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
  readonly body: any;
}

async function call(
  on: PushedEngine,
  kind: "query" | "mutation",
  path: string,
  args: { readonly [field: string]: JSONValue } = {},
  authorization?: string,
): Promise<Answer> {
  const headers = {
    "Content-Type": "application/json",
    ...(authorization === undefined ? {} : { Authorization: authorization }),
  };
  const body = JSON.stringify({ path, args });
  const response = await fetch(`${on.engine.url}/api/${kind}`, { method: "POST", headers, body });
  return { status: response.status, body: await response.json() };
}

const claims = (more = {}) => {
  const now = inSeconds(Date.now(), 0);
  return { iss: ISSUER, sub: "ann", iat: now, exp: now + 900, ...more };
};
const bearer = async (subject = "ann") => `Bearer ${await signer.sign(claims({ sub: subject }))}`;

/** Only what a header can carry. */
const inHeader = (text: string) => text.replace(/[^\x21-\x7e]/g, "").slice(0, 8_000);

const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

async function forgeries(random: Random): Promise<string[]> {
  const good = await signer.sign(claims());
  const [head = "", body = "", seal = ""] = good.split(".");
  const header = { alg: "ES256", kid: "key-1" };
  const other = base64(claims({ sub: "bob" }));
  const hs256 = `${base64({ ...header, alg: "HS256" })}.${other}`;
  const secret = JSON.stringify(signer.keySet.keys[0]);
  const hmac = createHmac("sha256", secret).update(hs256).digest("base64url");
  return [
    `${base64({ ...header, alg: "none" })}.${other}.`,
    `${base64({ ...header, alg: "none" })}.${other}.${seal}`,
    `${hs256}.${hmac}`,
    `${head}.${other}.${seal}`,
    `${head}.${body}.`,
    `${base64({ ...header, jwk: stranger.keySet.keys[0] })}.${body}.${seal}`,
    `${base64({ ...header, crit: ["exp"], kid: "../key-1" })}.${body}.${seal}`,
    await stranger.sign(claims({ sub: "bob" })),
    await signer.sign(claims({ exp: inSeconds(Date.now(), -60) })),
    await signer.sign(claims({ iss: "https://other.example" })),
    ...Array.from({ length: CASES }, () => inHeader(mutatedText(good, random))),
  ];
}

test("[AUTH15] of forged and mutated tokens none is accepted as anybody but who it was made for", async () => {
  const tokens = await forgeries(seededRandom(1));
  let refused = 0;
  for (const token of tokens) {
    const { status, body } = await call(here, "query", "secrets:always", {}, `Bearer ${token}`);
    if (status === 200) expect(body).toMatchObject({ status: "success", value: { owner: "ann" } });
    else {
      expect([400, 401]).toContain(status);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(tokens.length * 0.8);
});

test("[AUTH15] claims with the names of what the engine sets itself change nothing", async () => {
  const spoofed = {
    tokenIdentifier: `${ISSUER}|bob`,
    issuer: "https://other.example",
    subject: "bob",
    ["__proto__"]: { subject: "bob" },
    constructor: { prototype: { subject: "bob" } },
    "subject.": "bob",
  };
  const token = await signer.sign(claims(spoofed));
  const { body } = await call(here, "query", "secrets:always", {}, `Bearer ${token}`);
  expect(body).toMatchObject({ status: "success", value: { owner: "ann" } });
});

test("[AUTH2] of mutated admin keys only those are accepted that hold the whole secret", async () => {
  const random = seededRandom(2);
  const { adminKey } = here.engine;
  const secret = adminKey.split("|")[1] ?? "";
  for (let i = 0; i < CASES; i++) {
    const key = inHeader(mutatedText(adminKey, random));
    const { status } = await call(here, "query", "secrets:inner", {}, `Convex ${key}`);
    if (status === 200) expect(key).toContain(secret);
    else expect([400, 401]).toContain(status);
  }
  const strange = `Convex ${elsewhere.engine.adminKey}`;
  expect((await call(here, "query", "secrets:inner", {}, strange)).status).toBe(401);
});

async function page(on: PushedEngine, who: string, cursor: string | null, path = "secrets:paged") {
  const paginationOpts = { numItems: 2, cursor };
  return (await call(on, "query", path, { paginationOpts }, await bearer(who))).body;
}

test("[TX26] a cursor of another person, query or deployment, and a mutated one, shows nothing", async () => {
  const random = seededRandom(3);
  for (const who of ["ann", "bob"]) {
    for (let i = 0; i < 5; i++) {
      for (const on of [here, elsewhere])
        await call(on, "mutation", "secrets:keep", {}, await bearer(who));
    }
  }
  const first = await page(here, "ann", null);
  const cursor = String(first.value.continueCursor);
  const second = await page(here, "ann", cursor);
  expect(second.value.page).toHaveLength(2);
  const invalid = { status: "error", errorMessage: expect.stringContaining("InvalidCursor") };
  expect(await page(here, "bob", cursor)).toMatchObject(invalid);
  expect(await page(here, "ann", cursor, "secrets:pagedAll")).toMatchObject(invalid);
  const others = (await page(elsewhere, "ann", null)).value.continueCursor;
  expect(await page(here, "ann", others)).toMatchObject({ status: "error" });
  for (let i = 0; i < CASES; i++) {
    const answer = await page(here, "ann", mutatedText(cursor, random));
    // Base64 has more than one spelling: the same cursor is the same page.
    if (answer.status === "success") expect([first, second]).toContainEqual(answer);
    else expect(answer).toMatchObject({ status: "error", errorMessage: expect.any(String) });
  }
});

test("[SYNC19] a journal of another person or query, and a mutated one, shows nothing either", async () => {
  const random = seededRandom(6);
  const watched = async (who: string, journal: string | null) => {
    const client = await RawClient.connect(here.engine.url, { sessionId: crypto.randomUUID() });
    const value = (await bearer(who)).slice("Bearer ".length);
    client.send({ type: "Authenticate", baseVersion: 0, tokenType: "User", value });
    const args = { paginationOpts: { numItems: 2, cursor: null } };
    client.modify(0, [add(0, "secrets:paged", args, { journal })]);
    for (;;) {
      const { modifications } = await client.until("Transition");
      const [change] = modifications as unknown as Shown[];
      if (change === undefined) continue; // the token alone
      client.ws.terminate();
      return change;
    }
  };
  for (const who of ["cyd", "dan"]) {
    for (let i = 0; i < 4; i++) await call(here, "mutation", "secrets:keep", {}, await bearer(who));
  }
  const first = await watched("cyd", null);
  expect(first.value?.page).toHaveLength(2);
  const journal = String(first.journal);
  const strangers = await watched("dan", journal);
  expect(strangers.value?.page.filter(({ owner }) => owner !== "dan") ?? []).toEqual([]);
  for (let i = 0; i < CASES / 10; i++) {
    const { type, value, errorMessage } = await watched("cyd", mutatedText(journal, random));
    if (type === "QueryFailed")
      expect(errorMessage).toMatch(/InvalidCursor|Failed to parse cursor/);
    else expect(value).toEqual(first.value);
  }
}, 20_000);

test(
  "[VAL4] a mutated id is no id, or that of a document that is not there",
  async () => {
    const random = seededRandom(4);
    const { body } = await call(here, "mutation", "secrets:keep", {}, await bearer());
    const id = String(body.value);
    const secret = (await call(here, "query", "secrets:byId", { id }, await bearer())).body.value;
    expect(secret).toMatch(/^ann \d+$/);
    for (let i = 0; i < CASES * rounds(); i++) {
      const text = mutatedText(id, random);
      const found = await call(here, "query", "secrets:byId", { id: text }, await bearer());
      const own = text === id;
      expect(found).toMatchObject({ status: 200, body: { value: own ? secret : "none" } });
      const got = await call(here, "query", "secrets:getById", { id: text });
      if (got.body.status === "success") expect(got.body.value).toBe(own);
      else expect(got.body.errorMessage).toContain("ArgumentValidationError");
    }
  },
  20_000 * rounds(),
);

test("[HTTP20] of mutated upload tokens none is accepted but the whole one", async () => {
  const random = seededRandom(5);
  const upload = (token: string) =>
    fetch(`${here.engine.url}/api/storage/upload?token=${encodeURIComponent(token)}`, {
      method: "POST",
      body: "bytes",
    });
  const made = await call(here, "mutation", "secrets:uploadUrl");
  const good = new URL(String(made.body.value)).searchParams.get("token") ?? "";
  for (let i = 0; i < CASES; i++) {
    const token = mutatedText(good, random).toWellFormed().slice(0, 1_000); // a header holds 16 KiB
    const { status } = await upload(token);
    if (status === 200) expect(token.startsWith(good)).toBe(true);
    else expect(status).toBe(401);
  }
  const strange = await call(elsewhere, "mutation", "secrets:uploadUrl");
  const theirs = new URL(String(strange.body.value)).searchParams.get("token") ?? "";
  expect((await upload(theirs)).status).toBe(401);
  expect((await upload(good)).status).toBe(200);
});
