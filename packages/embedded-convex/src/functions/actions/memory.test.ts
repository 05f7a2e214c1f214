/** What happens to actions that use up their memory, and to everybody else. */
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  callOf,
  type FunctionApp,
  NOBODY,
  runAction,
  startFunctionApp,
} from "../../../test/function-app.ts";
import { rawModule } from "../../../test/raw-functions.ts";

/** Each of these ended the whole process, or was not ended at all, when only V8's limit stood. */
const HUNGRY: Readonly<Record<string, string>> = {
  "small pieces": "for (;;) kept.push(new Array(1e5).fill(kept.length));",
  "large pieces": "for (;;) kept.push(new Array(4e6).fill(kept.length));",
  strings: 'for (;;) kept.push(("x" + kept.length).repeat(1e6));',
  objects: "for (;;) kept.push({ n: kept.length });",
  buffers: "for (;;) kept.push(new Uint8Array(4e6).fill(1));",
  "pieces between awaits":
    'for (;;) { kept.push(new Uint8Array(4e6).fill(1)); await call("1.0/getRequestMetadata", {}); }',
};

const MODULE = `
${Object.values(HUNGRY)
  .map((body, i) => `export const hungry${i} = action(async () => { const kept = []; ${body} });`)
  .join("\n")}
export const garbage = action(() => {
  let kept = [];
  for (let i = 0; i < 1500; i++) { kept.push(new Array(1e5).fill(i)); if (kept.length === 100) kept = []; }
  return "done";
});
export const patient = action(async () => {
  console.log("begun");
  await new Promise((resolve) => setTimeout(resolve, 4000));
  return "patient";
});
export const quick = action(() => "quick");
export const look = query(() => "seen");
`;
const ROUTER = `
const routes = {
  "/hungry": async () => { await null; const kept = []; for (;;) kept.push(new Uint8Array(4e6).fill(1)); },
  "/calm": async () => { await new Promise((resolve) => setTimeout(resolve, 3000)); return new Response("calm"); },
};
export default {
  isRouter: true,
  getRoutes: () => [],
  lookup: (path, method) => [{ invokeHttpAction: routes[path], isHttp: true }, method, path],
};
`;
const OUT_OF_MEMORY = "JavaScript execution ran out of memory (maximum memory usage: 512 MB)\n";

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  await app.deploy([rawModule("raw.js", MODULE), rawModule("http.js", ROUTER)]);
  await app.room.prepare();
}, 20_000);
afterAll(() => app.close());

test.for(Object.keys(HUNGRY).map((what, i) => ({ what, i })))(
  "[ACT13] an action that keeps $what is ended with the official text",
  { timeout: 60_000 },
  async ({ i }) => {
    const outcome = await app.room.action(callOf(`raw:hungry${i}`));
    expect(outcome).toMatchObject({ ok: false, failure: { text: OUT_OF_MEMORY } });
    expect(await runAction(app, "raw:quick")).toBe("quick");
  },
);

test("[ACT13] actions that run beside it, and queries, notice nothing", async () => {
  const begun = Promise.withResolvers<void>();
  app.onRecord.push(({ logLines }) => void (logLines.length > 0 && begun.resolve()));
  const patient = app.room.action(callOf("raw:patient"));
  await begun.promise;
  const hungry = [0, 2, 4].map((i) => app.room.action(callOf(`raw:hungry${i}`)));
  let ended = false;
  const all = Promise.all(hungry).finally(() => {
    ended = true;
  });
  while (!ended) {
    const outcome = await app.room.query(callOf("raw:look"));
    expect(outcome.result).toMatchObject({ ok: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (const outcome of await all) {
    expect(outcome).toMatchObject({ ok: false, failure: { text: OUT_OF_MEMORY } });
  }
  expect(await patient).toMatchObject({ ok: true, json: '"patient"' });
}, 60_000);

test("[ACT13] garbage does not count, however much there is", async () => {
  expect(await runAction(app, "raw:garbage")).toBe("done");
}, 60_000);

async function get(path: string): Promise<string> {
  const { body } = await app.room.httpAction({
    method: "GET",
    url: `http://127.0.0.1:3211${path}`,
    headers: [],
    body: null,
    request: NOBODY,
    signal: new AbortController().signal,
  });
  if (body === null || body instanceof Uint8Array) return Buffer.from(body ?? []).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test("[ACT30] an HTTP action that uses up its memory harms its neighbours once, then only itself", async () => {
  const first = await Promise.all([get("/calm"), get("/hungry")]);
  for (const text of first) expect(text).toContain("JavaScript execution ran out of memory");
  const again = await Promise.all([get("/calm"), get("/hungry"), get("/calm")]);
  expect(again).toEqual([
    "calm",
    expect.stringContaining("JavaScript execution ran out of memory"),
    "calm",
  ]);
}, 60_000);
