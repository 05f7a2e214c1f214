import { fileURLToPath } from "node:url";
import { constants, createContext, Script } from "node:vm";
import { build } from "esbuild";
import { describe, expect, test } from "vitest";
import { trackState } from "./state-tracking.ts";

/** Evaluates `code` with its ticks; the run ends after `fuel` of them. */
function run(code: string, fuel: number, tracked = trackState(code)) {
  const context = createContext(constants.DONT_CONTEXTIFY, { microtaskMode: "afterEvaluate" });
  const wrapper = new Script(
    `(function (module, exports, $rt) {"use strict";let ${tracked.fuel}=0;\n${tracked.code}\n})`,
  ).runInContext(context, { timeout: 10_000 }) as (...values: unknown[]) => void;
  const module: { exports: Record<string, unknown> } = { exports: {} };
  let ticks = 0;
  wrapper(module, module.exports, {
    refuel() {
      if (++ticks > fuel) throw new Error("out of fuel");
      return 0;
    },
    importing: () => false,
    dirty: () => {},
    roots: () => {},
    privates: () => {},
  });
  return { exports: module.exports, ticks: () => ticks };
}

/** Each goes on without end unless something in it ticks. */
const ENDLESS: Readonly<Record<string, string>> = {
  for: "for (;;);",
  forWithBlock: "for (;;) { }",
  forWithDirective: "for (let i = 0; ; i++) i--;",
  countedDown: "for (let i = 0; i < 5; i++) { i--; }",
  countedByAnother: "let j = 0; for (let i = 0; j < 5; i++) {}",
  countedInAClosure: "for (let i = 0; i < 5; i++) { (() => { i = 0; })(); }",
  countedByDestructuring: "for (let i = 0; i < 5; i++) { [i] = [0]; }",
  while: "while (true) ;",
  doWhile: "do ; while (true)",
  doWhileWithoutSemicolon: "let n = 0; do n++\nwhile (true)",
  forOf:
    "for (const x of { [Symbol.iterator]: () => ({ next: Object.bind(null, { done: false }) }) }) ;",
  iterated: "new Set({ [Symbol.iterator]: () => ({ next: () => ({ value: 1 }) }) });",
  iteratedByMethod:
    "new Set({ [Symbol.iterator]: () => ({ next(a, b) { return { h: a & b }; } }) });",
  labelled: "outer: for (;;) for (;;) continue outer;",
  caught: "for (;;) try { for (;;); } catch {}",
  finally: "try { for (;;); } finally { for (;;); }",
  else: "if (module) for (;;) if (!module) ; else ; else ;",
  insideArrow: "(() => { for (;;); })()",
};

/** Doubles with every level, forty levels deep. */
const DOUBLING: Readonly<Record<string, string>> = {
  function: "function f(n) { if (n > 0) { f(n - 1); f(n - 1); } } f(40);",
  arrow: "const f = (n) => n > 0 && [f(n - 1), f(n - 1)]; f(40);",
  caught: "const f = (n) => { try { if (n > 0) f(n - 1); } catch {} if (n > 0) f(n - 1); }; f(40);",
  method: "const o = { f(n) { if (n > 0) { o.f(n - 1); o.f(n - 1); } } }; o.f(40);",
  getter:
    "class C { constructor(n) { this.n = n; } get v() { return this.n > 0 ? [new C(this.n - 1).v, new C(this.n - 1).v] : 0; } } new C(40).v;",
  valueOf:
    "let o = 1; for (let i = 0; i < 40; i++) { const p = o; o = { valueOf() { return p + p; } }; } +o;",
  field: "let n = 40; class C { x = n-- > 0 ? [new C(), new C(), n++] : n++; } new C();",
  fieldWithClass:
    "let n = 40; class C { x = class { [n-- > 0 ? (new C(), new C(), n++) : n++] = 1; }; } new C();",
  parameter: "function f(n, a = n > 0 && f(n - 1), b = n > 0 && f(n - 1)) {} f(40);",
  generatorParameter:
    "function* f(n, { a = n > 0 && f(n - 1) } = {}, b = n > 0 && f(n - 1)) {} f(40);",
  generator: "function* f(n) { if (n > 0) { yield* f(n - 1); yield* f(n - 1); } } [...f(40)];",
  setter: "const o = { set v(n) { if (n > 0) { o.v = n - 1; o.v = n - 1; } } }; o.v = 40;",
  spread: "const f = (n) => n > 0 ? [...f(n - 1), ...f(n - 1)] : []; f(40);",
};

describe("ticks", () => {
  for (const [name, code] of Object.entries({ ...ENDLESS, ...DOUBLING })) {
    test(`[FN23] no code goes on without ticks: ${name}`, () => {
      expect(() => run(code, 5000)).toThrow("out of fuel");
    });
  }

  test("[FN23] what is over at once has none", () => {
    const code =
      "const rotate = (word, shift) => (word << (32 - shift)) | (word >>> shift); let n = 1; for (let i = 0; i < 64; i++) n = rotate(n, i); exports.n = n;";
    const { exports, ticks } = run(code, 0);
    expect(exports.n).toBe(1);
    expect(ticks()).toBe(0);
  });
});

/** Each sets `exports.value`; the same with and without ticks. */
const SAME: Readonly<Record<string, string>> = {
  names:
    "class C { a = () => 1; b = function () {}; c = class {}; static d = () => 1; } const c = new C(); exports.value = [c.a.name, c.b.name, c.c.name, C.d.name, (() => {}).name];",
  directives: "function f() { 'use strict'; return this === undefined; } exports.value = f();",
  dangling: "let v = 0; for (const x of [1, 2]) if (x > 1) v += x; else v -= x; exports.value = v;",
  nestedBodies:
    "let v = 0; for (const x of [1, 2]) for (const y of [3]) while (v < x * y) v++; exports.value = v;",
  arrows:
    "let f; let n = 0; const set = () => { f = async () => n++; }; set(); const g = () => ({ n }), h = () => (1, 2), i = () => () => n; f(); exports.value = [g(), h(), i()(), n];",
  closures:
    "const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); exports.value = fs.map((f) => f());",
  derived:
    "class A { constructor(x) { this.x = x; } } class B extends A { y = this.x + 1; constructor() { super(1); } } exports.value = { ...new B() };",
  noConstructor:
    "class A { #n = 3; get n() { return this.#n; } } class B extends A {} exports.value = new B().n;",
  generators:
    "function* g(a, b = a + 1) { const c = yield a; yield b + c; } const g1 = g(1); exports.value = [g1.next().value, g1.next(5).value];",
  defaults:
    "const f = (a, { b = a } = {}, [c = () => 1] = []) => [a, b, c.name]; exports.value = f(1);",
  switches:
    "let v = ''; for (const x of [1, 2, 3]) switch (x) { case 2: continue; default: v += x; } exports.value = v;",
  statics: "let v = 0; class A { static { v++; } static x = v; } exports.value = [v, A.x];",
  ownNames:
    "let $fuel = 5; const $fuel_ = 6; for (const x of [1]) $fuel += x; exports.value = [$fuel, $fuel_];",
};

describe("behaviour", () => {
  for (const [name, code] of Object.entries(SAME)) {
    test(`[FN24] code does the same with its ticks: ${name}`, () => {
      const plain = { code, edits: { originalColumn: () => 0 }, fuel: "$none" };
      const { exports } = run(code, 1e6);
      expect(exports.value).toBeDefined();
      expect(exports.value).toEqual(run(code, 0, plain).exports.value);
    });
  }

  test("[FN24] published packages compute the same with their ticks", async () => {
    const program = `
      import { sha256 } from "@noble/hashes/sha2.js";
      import { keccak_256 } from "@noble/hashes/sha3.js";
      import { scrypt } from "@noble/hashes/scrypt.js";
      import { z } from "zod";
      import { pick } from "convex-helpers";
      const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i * 31);
      const schema = z.object({ mail: z.string().email(), list: z.array(z.number().int()).min(1) });
      const tried = [{ mail: "a@example.org", list: [1] }, { mail: "no", list: [1.5] }, null].map((v) => JSON.stringify(schema.safeParse(v)));
      export const value = [sha256(bytes).join(), keccak_256(bytes).join(), scrypt(bytes, bytes, { N: 64, r: 8, p: 1, dkLen: 16 }).join(), tried, pick({ a: 1, b: 2 }, ["a"])];`;
    const { outputFiles } = await build({
      stdin: { contents: program, resolveDir: fileURLToPath(new URL(".", import.meta.url)) },
      bundle: true,
      format: "cjs",
      platform: "neutral",
      target: "esnext",
      mainFields: ["module", "main"],
      conditions: ["import", "module"],
      write: false,
    });
    const code = outputFiles[0]?.text ?? "";
    const plain = { code, edits: { originalColumn: () => 0 }, fuel: "$none" };
    const { exports, ticks } = run(code, Infinity);
    expect(ticks()).toBeGreaterThan(1000);
    expect(JSON.stringify(exports.value)).toEqual(
      JSON.stringify(run(code, 0, plain).exports.value),
    );
  }, 20_000);
});
