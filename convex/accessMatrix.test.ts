import { afterEach, beforeAll, expect, test, vi } from "vitest";
import {
  callAsEverybody,
  listPublicFunctions,
  readMatrix,
  requestAsEverybody,
  routeNames,
} from "./accessMatrix.calls.ts";
import { type Mutant, mutantsOf, watched } from "./accessMatrix.mutants.ts";
import { beginAnew, type Made, makeCallers } from "./accessMatrix.world.ts";
import { setEnvironment, signUp, useFreshSignInKeys, useFreshSigningKey } from "./test.setup.ts";
import * as wrappers from "./wrappers.ts";

vi.mock("./model/people/passwordCost.ts", () => ({ PASSWORD_COST: { N: 2, r: 1, p: 1 } }));
vi.mock("./model/people/answerTime.ts", () => ({ LEAST_ANSWER_MS: 0 }));

/** What ends the caller's session, or makes somebody of them: everybody begins anew after it. */
const CHANGES_CALLERS = new Set([
  "account:changePassword",
  "account:remove",
  "auth:signIn",
  "auth:signOut",
  "staff:accept",
]);

let standIns: object = {};

beforeAll(async () => {
  setEnvironment("HELIOGRAPH_MACHINE_JWKS", "data:,{}");
  setEnvironment("AUTH_DISCORD_ID", "1");
  setEnvironment("AUTH_DISCORD_SECRET", "secret");
  await useFreshSigningKey();
  await useFreshSignInKeys();
});
afterEach(() => {
  vi.doUnmock("./wrappers.ts");
  vi.resetModules();
});

test("[ACC1] every public function and HTTP route is in the matrix, and nothing else", async () => {
  const functions = await listPublicFunctions();
  const names = [...functions.map(({ path }) => path), ...routeNames()];
  expect([...readMatrix().keys()].sort()).toEqual(names.sort());
});

test("[ACC2] every caller is answered as the matrix says", { timeout: 60_000 }, async () => {
  const made = await beginAnew();
  let callers = await makeCallers(made);
  const actual = new Map<string, Record<string, string>>();
  for (const fn of await listPublicFunctions()) {
    actual.set(fn.path, await callAsEverybody(fn, made, callers));
    if (CHANGES_CALLERS.has(fn.path)) callers = await makeCallers(made);
  }
  for (const name of routeNames()) actual.set(name, await requestAsEverybody(name, made, callers));
  expect(Object.fromEntries(actual)).toEqual(Object.fromEntries(readMatrix()));
});

test("[ACC3] a wrapper without its check, or with a weaker one, is seen by the matrix", {
  timeout: 120_000,
}, async () => {
  const used = await usedWrappers();
  const mutants = mutantsOf(wrappers, () => standIns).filter(({ wrapper }) => used.has(wrapper));
  expect(mutants.length).toBeGreaterThan(10);
  const unseen: string[] = [];
  for (const mutant of mutants) if (!(await isSeen(mutant))) unseen.push(mutant.name);
  expect(unseen).toEqual([]);
  expect(await isSeen({ name: "nothing", wrapper: "", apply: (all) => all })).toBe(false);
});

async function usedWrappers(): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  await loadWith((all) => watched(all, used));
  await listPublicFunctions();
  return used;
}

async function loadWith(change: (all: Record<string, unknown>) => Record<string, unknown>) {
  vi.resetModules();
  vi.doMock("./wrappers.ts", async (actual) => change(await actual()));
}

/** Whether some function answers some caller otherwise than the matrix says. */
async function isSeen(mutant: Mutant): Promise<boolean> {
  await loadWith((all) => mutant.apply(all));
  const made = await beginAnew();
  let callers = await makeCallers(made);
  standIns = await standInsOf(made);
  const matrix = readMatrix();
  for (const fn of await listPublicFunctions()) {
    const expected = matrix.get(fn.path);
    if (expected === undefined) continue;
    const actual = await callAsEverybody(fn, made, callers);
    if (Object.entries(actual).some(([caller, outcome]) => outcome !== expected[caller]))
      return true;
    if (CHANGES_CALLERS.has(fn.path)) callers = await makeCallers(made);
  }
  return false;
}

/** Whom a handler finds whose wrapper checks nothing. */
async function standInsOf({ t, victimId }: Made): Promise<object> {
  const someone = await signUp(t, "stand-in@example.com");
  const { user, machine } = await t.run(async (ctx) => ({
    user: await ctx.db.get("users", someone.userId),
    machine: await ctx.db.get("machineTokens", victimId),
  }));
  return {
    person: { ...someone, user },
    staff: { actor: { kind: "commandLine" }, role: "owner" },
    machine,
    access: { feed: "basic", shard: 0, epoch: 1 },
  };
}
