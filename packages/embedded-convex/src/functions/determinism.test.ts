import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  callOf,
  type FunctionApp,
  runMutation,
  runQuery,
  startFunctionApp,
} from "../../test/function-app.ts";
import { rawModule } from "../../test/raw-functions.ts";

const GLOBALS = `
export const time = query(async () => {
  const first = Date.now();
  for (let i = 0; i < 1e6; i++);
  await null;
  return [first, Date.now(), +new Date(), Date.parse(Date()), new Date(2020, 0, 1).toISOString(), new Date() instanceof Date, Date.length];
});
export const formatted = query(() => {
  const format = new Intl.DateTimeFormat("en", { second: "numeric", fractionalSecondDigits: 3 });
  for (let i = 0; i < 1e7; i++);
  const now = format.format(Date.now());
  return [format.format() === now, format.formatToParts().map(({ value }) => value).join("") === now, format.format(5)];
});
export const looksAtFormat = query(() => Intl.DateTimeFormat().format());
export const imported = [Date.now(), Math.random()];
export const atImport = query(() => imported);
export const random = query(() => [Math.random(), Math.random()]);
const secrets = () => [crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(9))].join(), crypto.getRandomValues(new Uint32Array(2)).join()];
export const secretsAtImport = secrets();
export const imports = query(() => secretsAtImport);
export const secretsInQuery = query(secrets);
export const secretsInMutation = mutation(secrets);
export const within = query(() => {
  const bytes = new Uint8Array(8);
  const part = bytes.subarray(2, 6);
  return [crypto.getRandomValues(part) === part, bytes[0] + bytes[1] + bytes[6] + bytes[7]];
});
export const refusedViews = query(() => [new Float64Array(1), new Uint8Array(65537)].map((view) => {
  try { return crypto.getRandomValues(view).length; } catch (error) { return error.name; }
}));
export const performanceQuery = query(() => { const a = performance.now(); for (let i = 0; i < 1e6; i++); return performance.now() - a; });
export const performanceMutation = mutation(() => { const a = performance.now(); for (let i = 0; i < 3e7; i++); const passed = performance.now() - a; return [passed > 0, Math.abs(passed * 10 - Math.round(passed * 10)) < 1e-6]; });
export const plain = query(() => 1);
export const env = query(() => [process.env.SECRET ?? null, process.env.MISSING === undefined, process.env.CONVEX_CLOUD_URL, process.env.CONVEX_SITE_URL]);
export const weak = query(() => { const target = {}; return new WeakRef(target).deref() === target; });
export const importing = query(() => import("./other.js").catch((error) => error.message));
const attempts = {
  fetch: () => fetch("http://127.0.0.1:1/"),
  setTimeout: () => setTimeout(() => {}, 1),
  setInterval: () => setInterval(() => {}, 1),
  generateKey: () => crypto.subtle.generateKey("AES-GCM", true, []),
  formData: () => new Response("a").formData(),
};
export const carriesOn = query(() => {
  let outcome = "allowed";
  try { setTimeout(() => {}, 1); } catch { outcome = "refused"; }
  return [outcome, typeof clearTimeout(1), typeof clearInterval(1)];
});
export const attempt = query(async ({ name }) => { try { return await attempts[name](); } catch (error) { return [error instanceof Error, error.message]; } });
export const attemptMutation = mutation(async ({ name }) => { try { return await attempts[name](); } catch (error) { return [error instanceof Error, error.message]; } });
export const realm = query(() => [
  new TextEncoder().encode("aé€😀") instanceof Uint8Array,
  [...new TextEncoder().encode("aé€😀\\ud800")],
  new TextDecoder().decode(new Uint8Array([0xc3, 0xa9])),
  atob(btoa("\\u00ff\\u0000ab")) === "\\u00ff\\u0000ab",
  structuredClone(new Map([[1, { a: new Date(5), b: new Uint8Array([1, 2]) }]])).get(1).b[1],
  structuredClone(new Uint8Array([3])) instanceof Uint8Array,
  typeof globalThis.require + typeof globalThis.Buffer + typeof globalThis.setImmediate,
]);
export const url = query(() => {
  const url = new URL("../c?x=1&y=%20a+b#h", "https://user:pw@example.com:8443/a/b/");
  url.searchParams.append("z", "ä&");
  url.pathname = "/q r";
  return [url.href, url.searchParams.get("y"), url.host, url.origin, [...url.searchParams.keys()], URL.canParse("nope"), String(new URLSearchParams({ a: "1 2" }))];
});
export const events = query(() => {
  class Said extends Event { constructor(type, words) { super(type, { cancelable: true }); this.words = words; } }
  const target = new EventTarget();
  const heard = [];
  const twice = (event) => heard.push(event.words, event.target === target, event.eventPhase);
  target.addEventListener("say", twice);
  target.addEventListener("say", twice);
  target.addEventListener("say", { handleEvent: (event) => event.preventDefault() }, { once: true });
  const answers = [target.dispatchEvent(new Said("say", "a")), target.dispatchEvent(new Said("say", "b"))];
  target.removeEventListener("say", twice);
  target.dispatchEvent(new Said("say", "c"));
  return [heard, answers];
});
export const bodies = query(async () => {
  const response = Response.json({ a: 1 }, { status: 201, headers: { "X-A": "b" } });
  const request = new Request("https://example.com/x", { method: "post", body: "hi" });
  return [response.status, await response.json(), response.headers.get("x-a"), request.method, await request.text(), await new Blob(["a", new Uint8Array([98])], { type: "Text/Plain" }).text()];
});
export const digest = query(async () => {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode("abc")));
  return [bytes.length, bytes[0], bytes[31]];
});
export const derived = query(async ({ iterations, bits, hash }) => {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("password"), "PBKDF2", false, ["deriveBits"]);
  const salt = new TextEncoder().encode("salt");
  return (await crypto.subtle.deriveBits({ name: "PBKDF2", hash, salt, iterations }, key, bits)).byteLength;
});
export const hmac = query(async () => {
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode("key"), { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
  const data = new TextEncoder().encode("data");
  const signature = await crypto.subtle.sign("HMAC", key, data);
  return [signature instanceof ArrayBuffer, signature.byteLength, await crypto.subtle.verify("HMAC", key, signature, data), await crypto.subtle.verify("HMAC", key, signature, new Uint8Array(1)), key.type];
});
`;

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  await app.deploy(
    [
      rawModule("globals.js", GLOBALS),
      rawModule("other.js", "export const nothing = query(() => null);"),
    ],
    { SECRET: "s3cret" },
  );
});

afterAll(() => app.close());

describe("time and randomness", () => {
  test("[DET3] the clock stands still at the start of the execution, in UTC", async () => {
    const before = Date.now();
    const [first, ...rest] = (await runQuery(app, "globals:time")) as number[];
    expect(first).toBeGreaterThanOrEqual(before);
    expect(rest.slice(0, 2)).toEqual([first, first]);
    expect(rest[2]).toBe(Math.floor((first ?? 0) / 1000) * 1000);
    expect(rest.slice(3)).toEqual(["2020-01-01T00:00:00.000Z", true, 7]);
  });

  test("[DET3] formatting the present formats the execution's", async () => {
    expect(await runQuery(app, "globals:formatted")).toEqual([true, true, "0.005"]);
  });

  test("[DET3] reading the clock is noticed", async () => {
    expect((await app.room.query(callOf("globals:looksAtFormat"))).observedTime).toBe(true);
    expect((await app.room.query(callOf("globals:time"))).observedTime).toBe(true);
    expect((await app.room.query(callOf("globals:plain"))).observedTime).toBe(false);
  });

  test("[DET4] random numbers differ from execution to execution", async () => {
    const drawn = [
      await runQuery(app, "globals:random"),
      await runQuery(app, "globals:random"),
    ].flat();
    expect(new Set(drawn).size).toBe(4);
  });

  test("[DET13] random bytes and ids differ from execution to execution, and are noticed", async () => {
    const drawn = [
      await runQuery(app, "globals:secretsInQuery"),
      await runQuery(app, "globals:secretsInQuery"),
      await runMutation(app, "globals:secretsInMutation"),
      await runQuery(app, "globals:imports"),
    ] as string[][];
    expect(new Set(drawn.flat()).size).toBe(12);
    for (const [uuid] of drawn) {
      expect(uuid).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }
    expect(await runQuery(app, "globals:imports")).toEqual(drawn[3]);
    expect(await runQuery(app, "globals:within")).toEqual([true, 0]);
    expect(await runQuery(app, "globals:refusedViews")).toEqual(["TypeError", "TypeError"]);
  });

  test("[DET5] what a module read at import is the same in every execution of a version", async () => {
    const [first, second] = [
      await runQuery(app, "globals:atImport"),
      await runQuery(app, "globals:atImport"),
    ];
    expect(second).toEqual(first);
  });

  test("[DET6] performance.now stands still in queries and advances in steps of 0.1 ms in mutations", async () => {
    expect(await runQuery(app, "globals:performanceQuery")).toBe(0);
    expect(await runMutation(app, "globals:performanceMutation")).toEqual([true, true]);
  });
});

describe("what may be used", () => {
  const FORBIDDEN = {
    fetch: "fetch()",
    setTimeout: "setTimeout",
    setInterval: "setInterval",
    generateKey: "cryptographic randomness",
    formData: "formData()",
  };
  test("[DET7] what is refused leaves the function running, and there is nothing to clear", async () => {
    expect(await runQuery(app, "globals:carriesOn")).toEqual(["refused", "undefined", "undefined"]);
  });

  for (const [name, description] of Object.entries(FORBIDDEN)) {
    test(`[DET7] ${name} is refused in queries and mutations`, async () => {
      const text = `Can't use ${description} in queries and mutations. Please consider using an action. See https://docs.convex.dev/functions/actions for more details.`;
      expect(await runQuery(app, "globals:attempt", { name })).toEqual([true, text]);
      expect(await runMutation(app, "globals:attemptMutation", { name })).toEqual([true, text]);
    });
  }

  test("[DET8] modules cannot be imported while a query runs", async () => {
    expect(await runQuery(app, "globals:importing")).toBe(
      `Can't dynamically import "other.js" in a query or mutation`,
    );
  });

  test("[DET9] environment variables are there, and the deployment's own addresses", async () => {
    expect(await runQuery(app, "globals:env")).toEqual([
      "s3cret",
      true,
      "http://127.0.0.1:3210",
      "http://127.0.0.1:3211",
    ]);
  });

  test("[DET10] what the platform gives is of the code's own realm", async () => {
    expect(await runQuery(app, "globals:realm")).toEqual([
      true,
      [97, 195, 169, 226, 130, 172, 240, 159, 152, 128, 239, 191, 189],
      "é",
      true,
      2,
      true,
      "undefinedundefinedundefined",
    ]);
    expect(await runQuery(app, "globals:weak")).toBe(true);
  });

  test("[DET11] URL, Blob, Request and Response work without the network", async () => {
    expect(await runQuery(app, "globals:url")).toEqual([
      "https://user:pw@example.com:8443/q%20r?x=1&y=+a+b&z=%C3%A4%26#h",
      " a b",
      "example.com:8443",
      "https://example.com:8443",
      ["x", "y", "z"],
      false,
      "a=1+2",
    ]);
    expect(await runQuery(app, "globals:bodies")).toEqual([201, { a: 1 }, "b", "POST", "hi", "ab"]);
  });

  test("[DET15] an event reaches each listener of its target once", async () => {
    expect(await runQuery(app, "globals:events")).toEqual([
      ["a", true, 2, "b", true, 2],
      [false, true],
    ]);
  });

  test("[DET12] crypto.subtle computes what needs no randomness", async () => {
    expect(await runQuery(app, "globals:digest")).toEqual([32, 0xba, 0xad]);
    expect(await runQuery(app, "globals:hmac")).toEqual([true, 32, true, false, "secret"]);
  });
});

test("[DET16] PBKDF2 of more than two million iterations is refused, others are computed", async () => {
  const derived = (iterations: number, bits: number, hash: JSONValue = "SHA-256") =>
    runQuery(app, "globals:derived", { iterations, bits, hash });
  expect(await derived(100_000, 256)).toBe(32);
  expect(await derived(1, 512, { name: "sha-512" })).toBe(64);
  const refused = /PBKDF2 with \d+ iterations in all takes longer than a query or mutation may/;
  await expect(derived(2_000_001, 256)).rejects.toThrow(refused);
  await expect(derived(1_500_000, 512)).rejects.toThrow(refused); // two hashes
  await expect(derived(4_000_000_000, 160, "SHA-1")).rejects.toThrow(refused);
});

describe("versions", () => {
  test("[FN30] a push takes effect with the next execution, and changes what earlier ones read", async () => {
    const before = await app.room.query(callOf("globals:plain"));
    await app.deploy([
      rawModule(
        "globals.js",
        "export const plain = query(() => 2); export const env = query(() => process.env.SECRET ?? null);",
      ),
    ]);
    expect(await runQuery(app, "globals:plain")).toBe(2);
    const deployment = [...before.readSet.intervals.keys()];
    expect(deployment).not.toHaveLength(0);
    await app.deploy(
      [rawModule("globals.js", "export const env = query(() => process.env.SECRET ?? null);")],
      { SECRET: "new" },
    );
    expect(await runQuery(app, "globals:env")).toBe("new");
    await expect(runQuery(app, "globals:plain")).rejects.toThrow(
      /^Could not find public function for 'globals:plain'\.\n$/,
    );
  });

  test("[FN31] an older snapshot runs the code of its time", async () => {
    await app.deploy([rawModule("globals.js", "export const plain = query(() => 'old');")]);
    const at = app.database.durableTs;
    await app.deploy([rawModule("globals.js", "export const plain = query(() => 'new');")]);
    const { result } = await app.room.query(callOf("globals:plain"), { at });
    expect(result).toEqual({ ok: true, json: '"old"' });
    expect(await runQuery(app, "globals:plain")).toBe("new");
  });
});
