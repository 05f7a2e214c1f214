/**
 * Frames of every kind, mutated, against the whole engine. Each socket is told what is
 * wrong, closed or answered; the others notice nothing.
 */
import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostileText, hostileValue, jsonText, mutatedJson } from "../../test/fuzz/hostile.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { add, RawClient } from "../../test/raw-client.ts";
import { type Random, rounds, seededRandom, seeds } from "../../test/seeds.ts";

const SOCKETS = 120;
const FRAMES = 6; // a socket
const PROMPT_MS = 5_000; // no answer takes that long

let pushed: PushedEngine;
beforeAll(async () => {
  pushed = await startPushedEngine("disorder");
}, 60_000);
afterAll(() => pushed.remove());

type Fields = { readonly [field: string]: JSONValue };
type Maker = (random: Random) => Fields;

const FUNCTIONS = [
  "secrets:always",
  "secrets:inner",
  "secrets:anything",
  "secrets:byId",
  "secrets:paged",
  "ledger:move",
  "ledger:viaAction",
  "_system/cli/modules:apiSpec",
  "nothing:here",
] as const;

/** Now and then one that the engine does not have. */
const component = (random: Random): Fields =>
  random.oneIn(8) ? { componentPath: random.pick(["other", "a/b", "__proto__", ""]) } : {};

const argsOf = (random: Random): JSONValue =>
  random.pick([
    [{}],
    [hostileValue(random)],
    [{ value: hostileValue(random) }],
    [{ id: hostileText(random) }],
    [{ paginationOpts: { numItems: 2, cursor: hostileText(random) } }],
    [],
    hostileValue(random),
  ]);

const MAKERS: readonly [Maker, ...Maker[]] = [
  (random) => ({
    type: "ModifyQuerySet",
    baseVersion: 0,
    newVersion: 1,
    modifications: Array.from({ length: 1 + random.below(4) }, (_, queryId) => ({
      ...add(queryId, random.pick(FUNCTIONS)),
      args: argsOf(random),
      journal: random.oneIn(3) ? hostileText(random) : null,
      ...component(random),
    })),
  }),
  (random) => ({
    type: random.pick(["Mutation", "Action"]),
    requestId: random.below(5),
    udfPath: random.pick(FUNCTIONS),
    args: argsOf(random),
    ...component(random),
  }),
  (random) => ({
    type: "Authenticate",
    baseVersion: random.below(2),
    tokenType: random.pick(["User", "Admin", "None"]),
    value: hostileText(random),
    impersonating: hostileValue(random),
  }),
  (random) => ({ type: "Event", eventType: hostileText(random), event: hostileValue(random) }),
];

/** As a client would send it, with hostile contents; or with its form broken too. */
function frameOf(random: Random, isBroken: boolean): string {
  const message = random.pick(MAKERS)(random);
  return isBroken ? mutatedJson(message, random) : jsonText(message);
}

/** Resolves when the server has answered everything that it is going to answer. */
async function attack(random: Random): Promise<"closed" | "alive"> {
  const client = await RawClient.open(pushed.engine.url);
  if (!random.oneIn(10)) client.connect({ sessionId: crypto.randomUUID() });
  const isBroken = random.oneIn(2);
  for (let i = 0; i < FRAMES; i++) client.send(frameOf(random, isBroken));
  const pong = new Promise<"alive">((resolve) => client.ws.once("pong", () => resolve("alive")));
  if (client.ws.readyState === client.ws.OPEN) client.ws.ping();
  const outcome = await Promise.race([pong, client.closed.then(() => "closed" as const)]);
  for (const frame of client.unread) {
    expect(JSON.stringify(frame)).not.toMatch(/RangeError|TypeError: Cannot read|node:internal/);
  }
  client.ws.terminate();
  return outcome;
}

test.each(seeds(5))(
  "[SYNC28] mutated frames are refused, answered or ignored, and nothing else happens (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const bystander = await RawClient.connect(pushed.engine.url, {
      sessionId: crypto.randomUUID(),
    });
    bystander.modify(0, [add(0, "ledger:moves", { world: "quiet" })]);
    await bystander.until("Transition");
    const outcomes = { closed: 0, alive: 0 };
    for (let i = 0; i < SOCKETS; i += 10) {
      const group = await Promise.all(Array.from({ length: 10 }, () => attack(random)));
      for (const outcome of group) outcomes[outcome]++;
    }
    expect(outcomes.closed).toBeGreaterThan(SOCKETS / 20);
    expect(outcomes.alive).toBeGreaterThan(SOCKETS / 20);
    const sent = { type: "Mutation", requestId: 0, udfPath: "ledger:move" };
    const args = [{ world: "quiet", op: `seed ${seed}`, from: "a", to: "b", amount: 1 }];
    bystander.send({ ...sent, args });
    const answer = await Promise.race([
      bystander.until("MutationResponse"),
      new Promise((resolve) => setTimeout(resolve, PROMPT_MS, "hangs")),
    ]);
    expect(answer).toMatchObject({ success: true });
    bystander.ws.terminate();
  },
  30_000 * rounds(),
);

test("[SYNC28] a component that the deployment does not have is refused by name, its functions do not run", async () => {
  const client = await RawClient.connect(pushed.engine.url, { sessionId: crypto.randomUUID() });
  const componentPath = "other";
  client.modify(0, [add(0, "secrets:always", {}, { componentPath })]);
  const { modifications } = await client.until("Transition");
  expect(modifications).toMatchObject([{ type: "QueryFailed", queryId: 0 }]);
  for (const [type, udfPath] of [
    ["Mutation", "ledger:move"],
    ["Action", "ledger:viaAction"],
  ] as const) {
    const args = [{ world: "component", op: "x", from: "a", to: "b", amount: 1 }];
    client.send({ type, requestId: 1, udfPath, args, componentPath });
    expect(await client.until(`${type}Response`)).toMatchObject({ success: false });
  }
  client.modify(1, [add(1, "ledger:moves", { world: "component" })]);
  for (;;) {
    const { modifications } = await client.until("Transition");
    if ((modifications as unknown[]).length === 0) continue; // it follows an answer
    expect(modifications).toMatchObject([{ queryId: 1, value: 0 }]);
    break;
  }
  client.ws.terminate();
});

test("[SYNC28] nothing of it was unforeseen to the engine", () => {
  const unforeseen = pushed.complaints.filter(
    ({ fields }) => !String(fields.error).includes("based on another identity version"),
  );
  expect(unforeseen).toEqual([]);
});
