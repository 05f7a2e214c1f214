/** Pushes that are damaged in transit or on purpose: refused with a code, and what runs goes on. */
import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { hostileText, mutatedJson, mutatedText } from "../../test/fuzz/hostile.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { type Random, rounds, seededRandom, seeds } from "../../test/seeds.ts";

const PUSHES = 25;
const PROMPT_MS = 30_000;

/** What a module may try while it is imported. */
const HOSTILE = [
  "export default Promise.reject(1);",
  "throw { get stack() { throw 1; } };",
  "throw null;",
  "export const f = new Proxy(() => {}, { get() { throw 1; } });",
  "export const f = Object.assign(() => {}, { isQuery: true, exportArgs: () => ({}) });",
  "export const f = Object.assign(() => {}, { isQuery: true, exportArgs: () => '['.repeat(1e5) });",
  "globalThis.constructor.constructor('return process')().exit(1);",
  "JSON.parse = () => ({}); Object.prototype.path = 'x'; export default 1;",
  "import './nothing.js';",
  "export * from './secrets.js';",
  "const f = () => f(); f();",
  "export const deep = eval('['.repeat(1e5) + ']'.repeat(1e5));",
] as const;

let pushed: PushedEngine;
beforeAll(async () => {
  pushed = await startPushedEngine("disorder");
}, 60_000);
afterAll(() => pushed.remove());

async function post(path: string, text: string): Promise<{ status: number; body: string }> {
  const { url, adminKey } = pushed.engine;
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Convex ${adminKey}` },
    body: text,
    signal: AbortSignal.timeout(PROMPT_MS),
  });
  return { status: response.status, body: await response.text() };
}

function damagedPush(random: Random): string {
  const whole = { adminKey: pushed.engine.adminKey, ...pushed.pushed };
  const { appDefinition } = whole;
  const [first, ...others] = appDefinition.changedModules;
  const withModule = (source: string): JSONValue => {
    const changedModules = [
      { ...first, path: first?.path ?? "", source, sourceMap: null },
      ...others,
    ];
    return {
      ...whole,
      appDefinition: { ...appDefinition, changedModules },
    } as unknown as JSONValue;
  };
  switch (random.below(4)) {
    case 0:
      return JSON.stringify(withModule(random.pick(HOSTILE)));
    case 1:
      return JSON.stringify(withModule(mutatedText(first?.source ?? "", random)));
    case 2: {
      const definition = { ...appDefinition.definition, source: hostileText(random) };
      return JSON.stringify({ ...whole, appDefinition: { ...appDefinition, definition } });
    }
    default:
      return mutatedJson(whole as unknown as JSONValue, random);
  }
}

test.each(seeds(1))(
  "[PUSH34] a damaged push is refused with a code, and what is deployed goes on (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    let refused = 0;
    for (let i = 0; i < PUSHES; i++) {
      const { status, body } = await post("/api/deploy2/start_push", damagedPush(random));
      expect([200, 400, 403], body).toContain(status);
      if (status !== 200) {
        refused++;
        expect(JSON.parse(body)).toMatchObject({ code: expect.any(String) });
      }
      const answer = await pushed.admin("/api/query", { path: "secrets:never", args: {} });
      expect(answer).toMatchObject({ status: "success", value: 0 });
    }
    expect(refused).toBeGreaterThan(PUSHES / 3);
    expect(pushed.complaints).toEqual([]);
  },
  120_000 * rounds(),
);

test("[PUSH34] the second half of a push that does not fit the first activates nothing", async () => {
  const random = seededRandom(1);
  const { adminKey } = pushed.engine;
  const startPush = await pushed.admin("/api/deploy2/start_push", pushed.pushed);
  const before = await pushed.admin("/api/get_config_hashes", {});
  const token = (startPush as { pushToken: string }).pushToken;
  for (let i = 0; i < 60 * rounds(); i++) {
    const path = random.pick(["/api/deploy2/finish_push", "/api/deploy2/wait_for_schema"]);
    const body = { startPush: { pushToken: token }, schemaChange: { token }, dryRun: true };
    const damaged = mutatedJson({ ...body, timeoutMs: 10 }, random).replaceAll(token, "forged");
    const text = damaged.startsWith("{")
      ? damaged.replace("{", `{"adminKey":"${adminKey}",`)
      : damaged;
    const { status, body: answer } = await post(path, text);
    expect([200, 400, 403], answer).toContain(status);
  }
  expect(await pushed.admin("/api/get_config_hashes", {})).toEqual(before);
  expect(pushed.complaints).toEqual([]);
}, 30_000);
