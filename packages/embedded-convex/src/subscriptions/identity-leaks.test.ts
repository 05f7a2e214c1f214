/**
 * Random histories of people who share executions: the same person twice, the same person
 * with another role, nobody, an admin acting as somebody, each changing who they are on
 * their open sockets, while commits change which queries look at the identity.
 */
import { ConvexClient } from "convex/browser";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type Person, SecretViewer } from "../../test/disorder/secret-viewer.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { add, RawClient } from "../../test/raw-client.ts";
import { mutation, query } from "../../test/running-server.ts";
import { seededRandom, seeds } from "../../test/seeds.ts";
import { ShiftedClock } from "../../test/shifted-clock.ts";
import { createSigner, inSeconds } from "../../test/tokens.ts";

const ISSUER = "https://issuer.example";
const SWITCHES = ["late", "nested", "failing", "logged", "ignored"] as const;
const VIEWERS = 8;
const STEPS = 120;

const clock = new ShiftedClock();
let pushed: PushedEngine;
let token: (subject: string, more?: object) => Promise<string>;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  const signer = await createSigner("ES256");
  const environment = { JWKS: signer.dataAddress };
  pushed = await startPushedEngine("disorder", { clock, environment });
  token = (subject, more = {}) => {
    const now = inSeconds(clock.nowMs(), 0);
    return signer.sign({ iss: ISSUER, sub: subject, iat: now, exp: now + 600, ...more });
  };
}, 60_000);
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(() => pushed.remove());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function people(): Promise<[Person, ...Person[]]> {
  const user = async (subject: string, role: string | null, more = {}) => {
    const claims = { ...(role === null ? {} : { role }), ...more };
    const value = await token(subject, claims);
    return { subject, role, credentials: { tokenType: "User", value } };
  };
  const impersonating = { issuer: ISSUER, subject: "ann", role: "acted" };
  const value = pushed.engine.adminKey;
  return [
    { subject: null, role: null, credentials: { tokenType: "None" } },
    await user("ann", null),
    await user("ann", null, { exp: inSeconds(clock.nowMs(), 900) }), // the same to every query
    await user("ann", "owner"),
    await user("bob", null),
    await user("bob", "owner"),
    {
      subject: "ann",
      role: "acted",
      credentials: { tokenType: "Admin", value, impersonating },
    },
  ];
}

test.each(seeds(6))(
  "[SUB3] whatever a query looks at, and when, nobody is shown another's result (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const everybody = await people();
    const viewers = await Promise.all(
      Array.from({ length: VIEWERS }, () => SecretViewer.connect(pushed.engine.url)),
    );
    cleanups.push(() => {
      for (const viewer of viewers) viewer.close();
    });
    for (let step = 0; step < STEPS; step++) {
      const viewer = viewers[random.below(VIEWERS)];
      switch (random.below(5)) {
        case 0:
          viewer?.become(random.pick(everybody));
          break;
        case 1:
          viewer?.lookAgain(random);
          break;
        case 2:
          viewer?.mutate("keep", {});
          break;
        default:
          viewer?.mutate("turn", { name: random.pick(SWITCHES), on: random.oneIn(2) });
      }
      if (random.oneIn(3)) await pause(random.below(4));
    }
    const settled = () => viewers.every(({ isCurrent }) => isCurrent);
    await expect.poll(settled, { timeout: 20_000 }).toBe(true);
    expect(viewers.flatMap(({ violations }) => violations)).toEqual([]);
    const transitions = viewers.reduce((sum, viewer) => sum + viewer.transitions, 0);
    expect(transitions).toBeGreaterThan(2 * VIEWERS); // a slow machine tells many steps in one
  },
  60_000,
);

/** Everything after the token ran out, up to the end of the socket. */
async function lastFrames(client: RawClient): Promise<string[]> {
  await client.closed;
  return client.unread.map(({ type }) => type);
}

test("[SYNC23] a token that runs out on an open socket shows nothing more, one beside it goes on", async () => {
  const open = async (value: string) => {
    const client = await RawClient.connect(pushed.engine.url, { sessionId: crypto.randomUUID() });
    client.send({ type: "Authenticate", baseVersion: 0, tokenType: "User", value });
    client.modify(0, [add(0, "secrets:always"), add(1, "secrets:never")]);
    for (;;) {
      const frame = await client.until("Transition");
      const { identity, querySet } = frame.endVersion as { identity: number; querySet: number };
      if (identity === 1 && querySet === 1) return client;
    }
  };
  // One identity to every query: the two share their executions.
  const short = await open(await token("eve", { exp: inSeconds(clock.nowMs(), 60) }));
  const long = await open(await token("eve"));
  clock.setForward(61_000);
  const sent = { type: "Mutation", requestId: 0, udfPath: "secrets:keep", args: [{}] };
  long.send(sent);
  for (;;) {
    const { modifications } = await long.until("Transition");
    const [change] = modifications as { queryId: number; value: unknown }[];
    if (change?.queryId !== 0) continue; // of what an earlier test left on its way
    expect(change.value).toMatchObject({ owner: "eve", bodies: ["eve 0"] });
    break;
  }
  expect((await lastFrames(short)).at(-1)).toBe("AuthError");
  expect(short.unread.at(-1)).toMatchObject({ authUpdateAttempted: false, baseVersion: 1 });
  expect(JSON.stringify(short.unread)).not.toContain("eve 0"); // frames of earlier tests may come
  // A mutation sent under a token that has run out is not run.
  const late = await open(await token("eve", { exp: inSeconds(clock.nowMs(), 60) }));
  clock.setForward(61_000);
  late.send(sent);
  expect(await lastFrames(late)).toEqual(["AuthError"]);
  expect((await open(await token("eve"))).unread).toEqual([]);
});

test("[SYNC23] the official client fetches a new token when its token runs out, and goes on as itself", async () => {
  const client = new ConvexClient(pushed.engine.url, {
    unsavedChangesWarning: false,
    logger: false,
  });
  cleanups.push(() => client.close());
  const forced: boolean[] = [];
  client.setAuth(async ({ forceRefreshToken }) => {
    forced.push(forceRefreshToken);
    return await token("flo", { exp: inSeconds(clock.nowMs(), 60) });
  });
  const seen: { owner: string | null; bodies: string[] }[] = [];
  client.onUpdate(query("secrets:always"), {}, (value) => seen.push(value as never));
  await expect.poll(() => seen.at(-1)?.owner).toBe("flo");
  const before = forced.length;
  clock.setForward(61_000);
  await client.mutation(mutation("secrets:keep"), {});
  await expect.poll(() => seen.at(-1)?.bodies, { timeout: 10_000 }).toEqual(["flo 0"]);
  expect(forced.slice(before)).toContain(true);
  const owners = seen.map(({ owner }) => owner);
  expect(owners.slice(owners.indexOf("flo"))).not.toContain(null);
}, 20_000);
