import { runInThisContext } from "node:vm";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FunctionApp, runQuery, startFunctionApp } from "../../test/function-app.ts";
import { rawModule } from "../../test/raw-functions.ts";

/** Run in a function and here; `long` makes what is searched too long to be searched without a limit. */
const BEHAVIOUR = `(long) => {
  const text = "ab1 cd22 ef333" + " ".repeat(long) + "x";
  const fails = (work) => { try { return work(); } catch (error) { return error.name; } };
  const global = /(\\d+)\\s*(?:x|$|(?= ))/g;
  class Shouting extends RegExp { exec(text) { const found = super.exec(text); if (found) found[0] = found[0].toUpperCase(); return found; } }
  class Split extends RegExp { static get [Symbol.species]() { return RegExp; } }
  const at = { valueOf: () => 3 };
  const odd = /\\d+\\s*x?/g; odd.lastIndex = at;
  return [
    [...text.matchAll(global)].map((found) => [found.index, found[1]]), text.match(global), text.replace(global, "<$1>").trim(),
    text.replace(/(?<n>\\d+)\\s+/g, (all, one, index, whole, groups) => index + groups.n), text.search(/\\s+x/), text.split(/\\s+x?/), text.split(/(\\d)\\s*/, 3),
    text.replaceAll(/\\d+\\s*x/g, "-"), global.lastIndex, global.test(text), global.lastIndex, global.exec(text)?.[0], global.lastIndex,
    (() => { const sticky = /[a-z]+\\d+\\s+/y; return [sticky.exec(text)?.[0], sticky.lastIndex, sticky.test(text), sticky.lastIndex]; })(),
    text.replace(new Shouting("[a-z]+\\\\d", "g"), "$&"), text.split(new Split("\\\\s+x")).length, odd.exec(text)?.index, odd.lastIndex,
    "ab".match("a+b")[0], text.match(/\\s+x/d)?.indices[0], /a/[Symbol.replace]("cat", "o"), RegExp.prototype.exec.name, RegExp.prototype.exec.length,
    RegExp.prototype[Symbol.replace].length, RegExp.prototype[Symbol.match].name,
    fails(() => RegExp.prototype.exec.call({}, "a")), fails(() => /a/.exec(Symbol())), /undefined/.exec()?.[0], /1/.test({ toString: () => "1" }),
    (/b(.)/.exec("abc"), RegExp.$1), fails(() => RegExp.prototype.exec.call(new Proxy(/a/, {}), "a")),
  ];
}`;

const SLOW = {
  exec: '/^(a+)+$/.exec("a".repeat(40) + "b")',
  test: '/(x+x+)+y/.test("x".repeat(40))',
  match: '("a".repeat(40) + "b").match("^(a+)+$")',
  replace: '("a".repeat(40) + "b").replace(/^(a|aa)+$/, "")',
  replaceWithFunction: '("a".repeat(40) + "b").replace(/^(a|aa)+$/, () => "")',
  split: '("a".repeat(40) + "b").split(/(?:a+)+c/)',
  search: '("a".repeat(40) + "b").search(new RegExp("(a*)*c"))',
  matchAll: '[...("a".repeat(40) + "b").matchAll(/(a+)+c/g)]',
  backreference: '/(a*)(a*)(a*)\\\\1\\\\2\\\\3$b/.test("a".repeat(5000))',
  polynomial: '/a*a*a*a*b/.test("a".repeat(3000))',
  quadratic: '/\\\\s+$/.test(" ".repeat(1e6) + "x")',
  counted: '/(?:a{1000}){999}b/.test("a".repeat(900_000))',
  lookahead: '"a".repeat(1e6).replace(/(?=a*)/g, "")',
  caught: '(() => { for (;;) try { /^(a+)+$/.test("a".repeat(40) + "b"); } catch {} })()',
  many: '(() => { const text = "a".repeat(16); for (;;) /(a+)+b/.test(text); })()',
};

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  const slow = Object.entries(SLOW).map(
    ([name, code]) =>
      `export const ${name} = query(() => { ${code.replaceAll("\\\\", "\\")}; return "ended"; });`,
  );
  await app.deploy([
    rawModule("same.js", `export const behaviour = query(({ long }) => (${BEHAVIOUR})(long));`),
    rawModule("slow.js", slow.join("\n")),
    rawModule(
      "native.js",
      `const loop = Uint8Array.of(0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11);
       export const wasm = query(() => new WebAssembly.Instance(new WebAssembly.Module(loop)).exports.f());
       export const waits = query(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
       export const generated = query(() => new Function("for (;;);")());
       export const chained = query(() => { const args = []; const again = Reflect.apply.bind(null, Promise.prototype.then, Promise.resolve(), args); args.push(again); return again(); });
       export const callsFresh = query(() => call("1.0/runUdf", { udfType: "query", name: "native:generated", args: {} }).catch(() => "caught"));`,
    ),
    rawModule(
      "slowimport.js",
      "const n = (() => { let n = 0; while (Math.random() < 2) n++; return n; }); export const never = query(() => n());",
    ),
  ]);
  await app.room.prepare();
}, 30_000);

afterAll(() => app.close());

const TIMED_OUT = "Function execution timed out (maximum duration: 1s)";

describe("regular expressions", () => {
  for (const long of [0, 5000]) {
    test(`[FN25] they find what they always find, also under a limit: ${long} spaces`, async () => {
      const here = (runInThisContext(`(${BEHAVIOUR})`) as (long: number) => unknown)(long);
      expect(await runQuery(app, "same:behaviour", { long })).toEqual(
        JSON.parse(JSON.stringify(here)),
      );
    });
  }

  for (const name of Object.keys(SLOW)) {
    test(`[FN20] one that would take years ends with the official text: ${name}`, async () => {
      const start = performance.now();
      await expect(runQuery(app, `slow:${name}`)).rejects.toThrow(TIMED_OUT);
      expect(performance.now() - start).toBeLessThan(4000);
    });
  }
});

describe("code without ticks", () => {
  for (const name of ["wasm", "generated", "chained", "callsFresh"]) {
    test(`[FN20] it ends with the official text: ${name}`, async () => {
      await expect(runQuery(app, `native:${name}`)).rejects.toThrow(TIMED_OUT);
    });
  }

  test("[FN20] nothing waits in the engine's thread", async () => {
    await expect(runQuery(app, "native:waits")).rejects.toThrow("Atomics.wait cannot be called");
  });

  test("[FN20] a loop far from the start of its function ends", async () => {
    await expect(runQuery(app, "slowimport:never")).rejects.toThrow(TIMED_OUT);
  });
});
