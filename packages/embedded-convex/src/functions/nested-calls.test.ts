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

describe("nested calls", () => {
  test("[FN1] a failed nested mutation takes back its own writes only, and its ConvexError data arrives", async () => {
    const outcome = await app.room.mutation(callOf("nested:tryBoth"));
    expect(outcome).toMatchObject({ ok: true });
    expect(JSON.parse(outcome.ok ? outcome.json : "null")).toEqual({
      data: { code: "refused", body: "lost" },
      bodies: ["own", "kept"],
    });
    expect(outcome.logLines).toEqual([
      "[LOG] 'start'",
      "[LOG] 'adding' 'lost'",
      "[LOG] 'adding' 'kept'",
    ]);
  });

  test("[FN2] wrong arguments of a nested call are an error its caller may catch", async () => {
    expect(await runMutation(app, "nested:wrongArguments")).toBe(
      "ArgumentValidationError: Value does not match validator.\nPath: .body\nValue: 5.0\nValidator: v.string()",
    );
  });

  test("[FN3] a query calls queries only", async () => {
    await expect(runQuery(app, "nested:mutationFromQuery")).rejects.toThrow(
      "Trying to execute nested.js:add as Query, but it is defined as Mutation.",
    );
  });

  test("[FN4] calls nest eight deep", async () => {
    expect(await runQuery(app, "nested:deep", { depth: 7 })).toBe(7);
    await expect(runQuery(app, "nested:deep", { depth: 8 })).rejects.toThrow(
      "Cross component call depth limit exceeded. Do you have an infinite loop in your app?",
    );
  });

  test("[FN5] nested calls have random numbers of their own and the time of the outermost", async () => {
    const numbers = (await runQuery(app, "nested:seeds")) as number[];
    expect(new Set(numbers).size).toBe(3);
    const [outer, inner] = (await runMutation(app, "nested:times")) as number[];
    expect(inner).toBe(outer);
  });

  test("[FN6] a function handle is the same for the same function and can be called", async () => {
    const [first, second] = (await runQuery(app, "nested:handle")) as string[];
    expect(first).toBe(second);
    expect(first).toMatch(/^function:\/\/[\w-]+\.[\w-]{24}#nested:now$/);
    expect(await runQuery(app, "nested:viaHandle")).toContain("own");
  });

  test("[FN7] a stale snapshot does not see the mutation's own writes", async () => {
    const [before, after] = (await runMutation(app, "nested:stale")) as number[];
    expect(after).toBe((before ?? 0) + 1);
  });

  test("[ERR4] an error of a nested call carries the inner text once, without a request id", async () => {
    await expect(runQuery(app, "nested:outerBoom")).rejects.toThrow(
      /^Uncaught Error: Uncaught Error: boom\n {4}at handler \(\.\.\/convex\/messages\.ts:18:11\)\n {4}at async handler \(\.\.\/convex\/nested\.ts:\d+:\d+\)\n$/,
    );
  });
});
