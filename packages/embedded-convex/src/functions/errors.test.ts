import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundleModules,
  callOf,
  FIXTURES,
  type FunctionApp,
  runMutation,
  runQuery,
  startFunctionApp,
} from "../../test/function-app.ts";

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  await app.deploy(await bundleModules(`${FIXTURES}functions/convex`));
});

afterAll(() => app.close());

async function failureText(path: string, args: JSONValue = {}): Promise<string> {
  const { result } = await app.room.query(callOf(path, args));
  return result.ok ? "" : result.failure.text;
}

describe("error texts", () => {
  test("[ERR1] an error shows its name, its message and the developer's own frames", async () => {
    expect(await failureText("messages:boom")).toBe(
      "Uncaught Error: boom\n    at handler (../convex/messages.ts:18:11)\n",
    );
    expect(await failureText("checked:custom")).toBe(
      "Uncaught CustomError: from a helper\n    at thrower (../convex/checked.ts:39:9)\n    at handler (../convex/checked.ts:46:5)\n",
    );
    expect(await failureText("checked:typo")).toMatch(
      /^Uncaught TypeError: Cannot read properties of undefined \(reading 'a'\)\n {4}at handler \(\.\.\/convex\/checked\.ts:66:\d+\)\n$/,
    );
  });

  test("[ERR2] without a message only the name is shown, without an error what was thrown", async () => {
    expect(await failureText("checked:silent")).toMatch(/^Uncaught Error\n {4}at handler/);
    expect(await failureText("checked:notAnError")).toBe("Uncaught a string\n");
  });

  test("[ERR3] a ConvexError carries its data, null and undefined included", async () => {
    const { result } = await app.room.query(
      callOf("checked:payload", { data: { code: 7, at: { $integer: "BQAAAAAAAAA=" } } }),
    );
    expect(result).toMatchObject({
      ok: false,
      failure: { data: { code: 7, at: { $integer: "BQAAAAAAAAA=" } } },
    });
    expect(await failureText("checked:payload", { data: "x" })).toMatch(
      /^Uncaught ConvexError: x\n {4}at handler/,
    );
    const empty = await app.room.query(callOf("checked:payload", { data: null }));
    expect(empty.result).toMatchObject({ ok: false, failure: { data: null } });
    const plain = await app.room.query(callOf("messages:boom"));
    expect(plain.result.ok ? [] : Object.keys(plain.result.failure)).toEqual(["text"]);
  });

  test("[ERR5] returning a query says how to get its results", async () => {
    expect(await failureText("checked:returnsQuery")).toContain(
      "Return value is a Query. Results must be retrieved with `.collect()`, `.take(n), `.unique()`, or `.first()`.",
    );
  });
});

describe("resolution", () => {
  test("[FN40] missing and internal functions look the same to clients", async () => {
    expect(await failureText("nested:add")).toBe(
      "Could not find public function for 'nested:add'.\n",
    );
    expect(await failureText("nested:gone")).toBe(
      "Could not find public function for 'nested:gone'.\n",
    );
    expect(await failureText("gone.js:x")).toBe("Could not find public function for 'gone:x'.\n");
  });

  test("[FN41] admins reach internal functions, and learn how to deploy missing ones", async () => {
    const outcome = await app.room.any(callOf("nested:bodies", {}, { allowed: "all" }));
    expect(outcome.ok).toBe(true);
    const missing = await app.room.any(callOf("nested:gone", {}, { allowed: "all" }));
    expect(missing.ok ? "" : missing.failure.text).toBe(
      "Could not find function for 'nested:gone'. Did you forget to run `npx convex dev`?\n",
    );
  });

  test("[FN42] a function of another type is named with both", async () => {
    expect(await failureText("messages:send", { body: "x" })).toBe(
      "Trying to execute messages.js:send as Query, but it is defined as Mutation.\n",
    );
    const outcome = await app.room.mutation(callOf("messages:list"));
    expect(outcome.ok ? "" : outcome.failure.text).toBe(
      "Trying to execute messages.js:list as Mutation, but it is defined as Query.\n",
    );
  });

  test("[FN43] any runs a function as what it is", async () => {
    expect(await app.room.any(callOf("messages:send", { body: "any" }))).toMatchObject({
      ok: true,
    });
    expect(await app.room.any(callOf("messages:list"))).toMatchObject({ ok: true });
    expect(await app.room.any(callOf("work:echo", { value: 3 }))).toMatchObject({
      ok: true,
      json: "3",
    });
    expect(await app.room.lookup({ component: "", path: "messages:send" })).toMatchObject({
      udfType: "Mutation",
    });
    expect(await app.room.lookup({ component: "", path: "messages:none" })).toBeNull();
  });
});

describe("validation", () => {
  test("[VALID1] arguments are checked before the function runs", async () => {
    expect(await failureText("checked:typed", {})).toBe(
      'ArgumentValidationError: Object is missing the required field `name`. Consider wrapping the field validator in `v.optional(...)` if this is expected.\n\nObject: {}\nValidator: v.object({name: v.string(), tags: v.optional(v.array(v.union(v.literal("a"), v.int64())))})\n',
    );
    expect(await failureText("checked:typed", { name: "n", extra: 1 })).toMatch(
      /^ArgumentValidationError: Object contains extra field `extra` that is not in the validator\.\n\nObject: \{extra: 1\.0, name: "n"\}/,
    );
    expect(
      await runQuery(app, "checked:typed", {
        name: "four",
        tags: ["a", { $integer: "BQAAAAAAAAA=" }],
      }),
    ).toEqual({ length: 4 });
  });

  test("[VALID2] exactly one object is expected where there is a validator", async () => {
    const call = callOf("checked:typed");
    const two = await app.room.query({ ...call, args: [{ name: "a" }, 2] });
    expect(two.result.ok ? "" : two.result.failure.text).toMatch(
      /^ArgumentValidationError: Expected to receive a single object as the function's argument\. Instead received 2 arguments: /,
    );
    const text = await app.room.query({ ...call, args: ["a"] });
    expect(text.result.ok ? "" : text.result.failure.text).toBe(
      `ArgumentValidationError: Expected to receive an object as the function's argument. Instead received: "a"\n`,
    );
    expect(await runQuery(app, "checked:untyped", { anything: [1] })).toEqual({ anything: [1] });
  });

  test("[VALID3] what is no value at all is refused with the function's name", async () => {
    expect(await failureText("checked:untyped", { a: { $unknown: "x" } })).toMatch(
      /^Invalid arguments for checked\.js:untyped: /,
    );
  });

  test("[VALID4] a result that does not match aborts the mutation", async () => {
    const outcome = await app.room.mutation(callOf("checked:wrongResult"));
    expect(outcome.ok ? "" : outcome.failure.text).toBe(
      "ReturnsValidationError: Value does not match validator.\n\nValue: 5.0\nValidator: v.string()\n",
    );
    expect(JSON.stringify(await runQuery(app, "messages:list"))).not.toContain("must not be kept");
  });

  test("[VALID5] a result that is too large in some way names the function", async () => {
    expect(await failureText("checked:tooMany")).toBe(
      "Function checked.js:tooMany return value invalid: Array length is too long (8193 > maximum length 8192)\n",
    );
  });

  test("[VALID6] undefined becomes null; int64, bytes and special floats pass through", async () => {
    expect(await runQuery(app, "checked:nothing")).toBeNull();
    const value = [
      { $integer: "BQAAAAAAAAA=" },
      { $bytes: "AAECAw==" },
      { $float: "AAAAAAAA+H8=" },
    ];
    expect(await runQuery(app, "checked:bytes", { value })).toEqual(value);
  });
});

describe("logs", () => {
  test("[FN50] each line has its level, strings are quoted, long lines are cut", async () => {
    const { logLines } = await app.room.query(callOf("checked:levels"));
    expect(logLines.slice(0, 3)).toEqual([
      "[DEBUG] 'a' 1 null",
      "[INFO] {\n  b: [ 1 ]\n}",
      "[WARN] Map (1) {\n  'k' => 1\n}",
    ]);
    expect(logLines[3]).toMatch(/^\[ERROR\] 'x+ \(truncated due to length\)$/);
    expect(Buffer.byteLength(logLines[3] ?? "")).toBe(32_768);
    expect(logLines[4]).toBe("[LOG] 'plain' undefined 5n true");
  });

  test("[FN51] the 257th line replaces the last with a note", async () => {
    const { logLines } = await app.room.query(callOf("checked:logs", { lines: 300 }));
    expect(logLines).toHaveLength(256);
    expect(logLines.at(-2)).toBe("[LOG] 254");
    expect(logLines.at(-1)).toBe(
      "[ERROR] Log overflow (maximum 256). Remaining log lines omitted.",
    );
  });

  test("[FN52] every execution is reported once, with its error", async () => {
    app.records.length = 0;
    await runQuery(app, "checked:nothing");
    await failureText("messages:boom");
    expect(app.records).toMatchObject([
      { kind: "Completion", udfType: "Query", identifier: "checked:nothing", error: null },
      {
        kind: "Completion",
        udfType: "Query",
        identifier: "messages:boom",
        error: expect.stringContaining("Uncaught Error: boom"),
      },
    ]);
  });
});

describe("callers", () => {
  const attributes = { tokenIdentifier: "i|s", issuer: "i", subject: "s", name: "Ann" };
  const user = {
    kind: "user",
    attributes,
    expiresAtMs: Number.MAX_SAFE_INTEGER,
    token: "t",
  } as const;

  test("[FN60] who calls is known to the function, and looking is noticed", async () => {
    const outcome = await app.room.query(callOf("checked:whoami", {}, { identity: user }));
    expect(outcome).toMatchObject({ result: { ok: true }, observedIdentity: true });
    expect(outcome.result.ok ? JSON.parse(outcome.result.json) : null).toEqual(attributes);
    const blind = await app.room.query(callOf("checked:nothing", {}, { identity: user }));
    expect(blind.observedIdentity).toBe(false);
    expect(await runQuery(app, "checked:whoami")).toBeNull();
    const acting = { kind: "admin", actingAs: attributes } as const;
    const asUser = await app.room.query(callOf("checked:whoami", {}, { identity: acting }));
    expect(asUser.result.ok ? JSON.parse(asUser.result.json) : null).toEqual(attributes);
  });

  test("[FN61] an expired token is refused where it counts", async () => {
    const expired = { ...user, expiresAtMs: 1 };
    const refusal = { code: "TokenExpired", message: "Convex token identity expired" };
    await expect(
      app.room.query(callOf("checked:whoami", {}, { identity: expired })),
    ).rejects.toMatchObject(refusal);
    await expect(
      app.room.mutation(callOf("messages:send", { body: "x" }, { identity: expired })),
    ).rejects.toMatchObject(refusal);
    await expect(
      app.room.action(callOf("work:echo", { value: 1 }, { identity: expired })),
    ).rejects.toMatchObject(refusal);
    expect(
      (await app.room.query(callOf("checked:nothing", {}, { identity: expired }))).result.ok,
    ).toBe(true);
  });
});

describe("scheduling", () => {
  test("[FN70] only mutations and actions that exist can be scheduled", async () => {
    expect(await runMutation(app, "checked:schedule", { path: "messages:send" })).toBe("job1");
    expect(app.scheduled).toEqual([{ path: "messages:send", args: [{ body: "later" }] }]);
    await expect(runMutation(app, "checked:schedule", { path: "gone:send" })).rejects.toThrow(
      "Attempted to schedule function at nonexistent path: gone.js",
    );
    await expect(runMutation(app, "checked:schedule", { path: "messages:gone" })).rejects.toThrow(
      "Attempted to schedule function, but no exported function gone found in the file: messages.js. Did you forget to export it?",
    );
    await expect(runMutation(app, "checked:schedule", { path: "messages:list" })).rejects.toThrow(
      "only mutations and actions can be scheduled",
    );
  });
});
