import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type FunctionApp,
  runQuery,
  startFunctionApp,
  textModule,
} from "../../test/function-app.ts";
import { rawModule } from "../../test/raw-functions.ts";

/** Each module exports `touch`, which changes its state and answers what it found. */
const MODULES: Readonly<Record<string, string>> = {
  counter: "let n = 0; export const touch = query(() => n++);",
  map: "const seen = new Map(); export const touch = query(() => { seen.set(1, 1); return seen.size; });",
  set: "const seen = new Set(); export const touch = query(() => seen.add(seen.size).size);",
  weakMap:
    "const key = {}; const seen = new WeakMap(); export const touch = query(() => { const had = seen.has(key); seen.set(key, 1); return had; });",
  weakMapContents:
    "const key = {}; const seen = new WeakMap([[key, { n: 0 }]]); export const touch = query(() => seen.get(key).n++);",
  object:
    "const cache = {}; export const touch = query(() => { cache.n = (cache.n ?? 0) + 1; return cache.n; });",
  array: "const list = []; export const touch = query(() => list.push(1));",
  nested: "const box = { deep: [{ n: 0 }] }; export const touch = query(() => box.deep[0].n++);",
  closure:
    "const next = (() => { let n = 0; return () => n++; })(); export const touch = query(() => next());",
  closedObject:
    "const next = (() => { const box = { n: 0 }; return () => box.n++; })(); export const touch = query(() => next());",
  curried: "const next = ((n) => () => n++)(0); export const touch = query(() => next());",
  blockVariable:
    "const fns = []; for (let i = 0; i < 2; i++) { fns.push(() => i++); } export const touch = query(() => fns[0]());",
  privateField:
    "class Counter { #n = 0; next() { return this.#n++; } } const counter = new Counter(); export const touch = query(() => counter.next());",
  foreignPrivateField:
    "class Counter { #n = 0; static next(one) { return one.#n++; } } const counter = new Counter(); export const touch = query(() => Counter.next(counter));",
  staticPrivate:
    "class Counter { static #n = 0; static next() { return Counter.#n++; } } export const touch = query(() => Counter.next());",
  staticField: "class Counter { static n = 0; } export const touch = query(() => Counter.n++);",
  functionProperty: "function f() {} f.n = 0; export const touch = query(() => f.n++);",
  destructuring:
    "let a = 0; export const touch = query(() => { const was = a; [a] = [a + 1]; return was; });",
  loopTarget:
    "let last = 0; export const touch = query(() => { const was = last; for (last of [5]); return was; });",
  bytes: "const scratch = new Uint8Array(4); export const touch = query(() => scratch[0]++);",
  bytesInClosure:
    "const next = (() => { const scratch = new Uint8Array(4); return () => scratch[0]++; })(); export const touch = query(() => next());",
  regex:
    "const word = /a/g; export const touch = query(() => { word.test('aaa'); return word.lastIndex; });",
  date: "const day = new Date(0); export const touch = query(() => { const was = day.getTime(); day.setTime(5); return was; });",
  generator:
    "const ids = (function* () { let n = 0; for (;;) yield n++; })(); export const touch = query(() => ids.next().value);",
  iterator: "const ids = [1, 2, 3].values(); export const touch = query(() => ids.next().value);",
  global:
    "export const touch = query(() => { globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n; });",
  prototype:
    "export const touch = query(() => { Array.prototype.n = (Array.prototype.n ?? 0) + 1; return [].n; });",
  patchedAtImport:
    "Array.prototype.last = function () { return this[this.length - 1]; }; export const touch = query(() => [1, 2].last());",
  lazy: "let cache; const get = () => (cache ??= { n: 0 }); export const touch = query(() => get().n++);",
  asyncClosure: "let n = 0; export const touch = query(async () => { await null; return n++; });",
  defaultParameter:
    "const next = ((box = { n: 0 }) => () => box.n++)(); export const touch = query(() => next());",
  proxied:
    "const box = new Proxy({ n: 0 }, {}); export const touch = query(() => { box.n++; return box.n; });",
  privateObject:
    "class Counter { #box = { n: 0 }; next() { return this.#box.n++; } } const counter = new Counter(); export const touch = query(() => counter.next());",
  privateMap:
    "class Cache { #seen = new Map(); size() { this.#seen.set(this.#seen.size, 1); return this.#seen.size; } } const cache = new Cache(); export const touch = query(() => cache.size());",
  staticPrivateObject:
    "class Counter { static #list = []; static next() { return Counter.#list.push(1); } } export const touch = query(() => Counter.next());",
  promised:
    "const ready = Promise.resolve({ n: 0 }); export const touch = query(async () => (await ready).n++);",
  weakReference:
    "const box = new WeakRef({ n: 0 }); export const touch = query(() => box.deref().n++);",
  evaluated:
    "const next = (0, eval)('let n = 0; () => n++'); export const touch = query(() => next());",
  generatedFunction:
    "const next = new Function('let n = 0; return () => n++')(); export const touch = query(() => next());",
  generatedInCall:
    "export const touch = query(() => new Function('globalThis.n = (globalThis.n ?? 0) + 1; return globalThis.n')());",
  regexMemory:
    "export const touch = query(() => { const was = RegExp.lastMatch; /a/.test('a'); return was; });",
  searchParams:
    "const base = new URL('http://a.example/'); export const touch = query(() => { base.searchParams.append('n', '1'); return base.href; });",
  urlPart:
    "const base = new URL('http://a.example/'); export const touch = query(() => { base.pathname += 'n'; return base.href; });",
  headers:
    "const headers = new Headers(); export const touch = query(() => { headers.append('n', '1'); return headers.get('n'); });",
  body: "const response = new Response('a'); export const touch = query(async () => { const was = response.bodyUsed; await response.text(); return was; });",
};

/** What `touch` answers when nothing was there before. */
const FIRST: Readonly<Record<string, unknown>> = {
  map: 1,
  set: 1,
  weakMap: false,
  object: 1,
  array: 1,
  regex: 1,
  iterator: 1,
  global: 1,
  prototype: 1,
  patchedAtImport: 2,
  proxied: 1,
  privateMap: 1,
  staticPrivateObject: 1,
  generatedInCall: 1,
  regexMemory: "",
  searchParams: "http://a.example/?n=1",
  urlPart: "http://a.example/n",
  headers: "1",
  body: false,
};

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  const state = Object.entries(MODULES).map(([name, source]) => rawModule(`${name}.js`, source));
  await app.deploy([
    ...state,
    textModule("_deps/shared.js", "export let n = 0; export const bump = () => n++;"),
    rawModule(
      "chunk.js",
      'import { bump } from "./_deps/shared.js"; export const touch = query(() => bump());',
    ),
    rawModule(
      "innocent.js",
      `export const wrap2 = (n) => { const box = { n }; return { next: () => box.n++ }; };
       export const error = query(() => { const e = new Error("x"); e.name = "Mine"; e.message = "y"; return String(e); });
       class Point { constructor() { this.toString = () => "point"; } }
       export const shadow = query(() => String(new Point()));
       export const closures = query(() => { const { next } = wrap2(1); next(); return next(); });
       const TABLE = new Map([["a", 1]]); const NAMES = new Set(["a"]);
       export const lookup = query(() => [TABLE.get("a"), NAMES.has("a"), [...TABLE.keys()].length]);`,
    ),
  ]);
});

afterAll(() => app.close());

describe("module state", () => {
  for (const name of [...Object.keys(MODULES), "chunk"]) {
    test(`[DET1] nothing a call leaves in its modules is seen by the next one: ${name}`, async () => {
      const expected = FIRST[name] ?? 0;
      for (let call = 0; call < 3; call++) {
        expect(await runQuery(app, `${name}:touch`)).toEqual(expected);
      }
    });
  }

  test("[DET1] calls that run at the same time do not see each other's modules", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => runQuery(app, "counter:touch")),
    );
    expect(answers).toEqual(Array(20).fill(0));
  });

  test("[DET2] objects made during a call are as changeable as anywhere", async () => {
    expect(await runQuery(app, "innocent:closures")).toBe(2);
    expect(await runQuery(app, "innocent:error")).toBe("Mine: y");
    expect(await runQuery(app, "innocent:shadow")).toBe("point");
    expect(await runQuery(app, "innocent:lookup")).toEqual([1, true, 1]);
  });
});
