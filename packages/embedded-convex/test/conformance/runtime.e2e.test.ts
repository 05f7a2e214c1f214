/** What pushed code sees while it runs. */
import { expect, test } from "vitest";
import { add } from "../raw-client.ts";
import { act, asAdmin, ask, mutate, post, timeOf, tokenOf, unique } from "./deployment.ts";
import { Session } from "./session.ts";

/** A query of raw.ts, with its value as it is sent. */
async function raw<Result = unknown>(path: string, args: object): Promise<Result> {
  const format = "convex_encoded_json";
  const { json } = await post("/api/query", { path, args: { ...args }, format });
  return (json as { value: Result }).value;
}

test("[TRAP21] a function is handed the JSON text of a list with its arguments", async () => {
  expect(await raw("raw:argsText", { b: 1, a: 2 })).toMatch(/^\[\{.*\}\]$/);
  expect(JSON.parse(await raw<string>("raw:argsText", { b: 1, a: 2 }))).toEqual([{ a: 2, b: 1 }]);
});

test("[TRAP22] arguments and results are checked by the host, also of nested and scheduled calls", async () => {
  const of = unique("checked");
  await expect(mutate("echo:checked", { of, n: "x" })).rejects.toThrow(
    'ArgumentValidationError: Value does not match validator.\nPath: .n\nValue: "x"\nValidator: v.float64()',
  );
  await expect(mutate("echo:checked", { of, n: -1 })).rejects.toThrow(
    "ReturnsValidationError: Object",
  );
  expect(await mutate("runtime:nestedChecks", { of })).toEqual([
    expect.stringContaining("ArgumentValidationError"),
    expect.stringContaining("ReturnsValidationError"),
  ]);
  expect(await ask("rows:list", { of })).toEqual([]);
  const id = String(await mutate("jobs:schedule", { name: "note", args: { of: 1 }, afterMs: 0 }));
  await expect
    .poll(() => ask("jobs:job", { id }), { timeout: 10_000 })
    .toMatchObject({
      state: { kind: "failed", error: expect.stringContaining("ArgumentValidationError") },
    });
});

test("[TRAP23] inside, an error's data is JSON; outside it is errorData", async () => {
  const args = { data: { n: { $integer: "BQAAAAAAAAA=" } } };
  const inside = await post("/api/mutation", {
    path: "raw:nestedData",
    args,
    format: "convex_encoded_json",
  });
  expect(inside.json).toMatchObject({
    status: "success",
    value: { type: "object", data: args.data },
  });
  const outside = await post("/api/mutation", {
    path: "echo:failWith",
    args,
    format: "convex_encoded_json",
  });
  expect(outside.json).toMatchObject({ status: "error", errorData: args.data });
});

test("[TRAP24] query numbers count from 0 in each execution, and cleaning up twice is quiet", async () => {
  for (let i = 0; i < 2; i++) {
    expect(await raw("raw:operators", { of: "nobody's", operators: "[]" })).toEqual({
      values: [],
      queryId: 0,
      cleanups: [false, false],
    });
  }
});

test("[TRAP25] filters and limits apply in their order", async () => {
  const of = unique("operators");
  await mutate("rows:insert", { of, values: [1, 2, 3, 4] });
  type Found = { readonly values: readonly number[] };
  const filter = { filter: { $gt: [{ $field: "value" }, { $literal: 1 }] } };
  const valuesOf = async (operators: object[]) =>
    (await raw<Found>("raw:operators", { of, operators: JSON.stringify(operators) })).values;
  expect(await valuesOf([filter, { limit: 2 }])).toEqual([2, 3]);
  expect(await valuesOf([{ limit: 2 }, filter])).toEqual([2]);
});

test("[TRAP26] calls made side by side are done one after the other, in their order", async () => {
  for (let i = 0; i < 3; i++) {
    expect(await mutate("runtime:sideBySide", { of: unique("side by side") })).toEqual([0, 1, 2]);
  }
});

test("[TRAP27] a write that is not awaited is done, and its failure fails the function", async () => {
  const of = unique("not awaited");
  expect(await mutate("runtime:unawaited", { of, rejects: false })).toBe("returned");
  await expect(mutate("runtime:unawaited", { of, rejects: true })).rejects.toThrow("Server Error");
  expect(await ask("rows:list", { of })).toMatchObject([{ value: "not awaited" }]);
});

test("[TRAP28] what code is given is of its own realm, and errors of any copy of convex/values count", async () => {
  const bytes = new Uint8Array([1]).buffer;
  expect(await ask("runtime:instances", { bytes, list: [], record: {} })).toEqual({
    bytes: true,
    list: true,
    record: true,
    error: true,
    url: true,
    set: true,
    made: new Uint8Array([1, 2]).buffer,
  });
  expect(await act("runtime:blobs")).toEqual({ blob: true, text: "hello" });
  await expect(mutate("echo:failWithForeign")).rejects.toMatchObject({ data: { foreign: 1n } });
});

test("[TRAP29] the commit's timestamp can be written and returned before it is known", async () => {
  const session = await Session.open();
  const { response } = await session.mutate("runtime:stamp", { of: unique("stamp") });
  const { at, id } = response.result as { at: { $integer: string }; id: string };
  expect(timeOf(at.$integer)).toBe(timeOf(response.ts));
  expect(await ask("rows:get", { id })).toMatchObject({ value: timeOf(response.ts) });
});

test("[TRAP30] in a query time stands still and chance is its own", async () => {
  const first = (await ask("runtime:clock")) as Record<
    "start" | "end" | "fresh" | "random",
    number
  >;
  expect([first.end, first.fresh]).toEqual([first.start, first.start]);
  expect(Math.abs(first.start - Date.now())).toBeLessThan(60_000);
  const second = (await ask("runtime:clock")) as typeof first;
  expect(second.random).not.toBe(first.random);
  for (const [what, called] of [
    ["fetch", "fetch()"],
    ["setTimeout", "setTimeout"],
    ["setInterval", "setInterval"],
  ]) {
    await expect(ask("runtime:forbidden", { what: what ?? "" })).rejects.toThrow(
      `Can't use ${called} in queries and mutations.`,
    );
  }
});

test("[TRAP31] what a rolled-back nested mutation has read still counts", async () => {
  const of = unique("rolled back");
  const seen = await Promise.all(
    Array.from({ length: 12 }, () => mutate("runtime:followsRolledBackRead", { of })),
  );
  expect(seen.map(Number).sort((a, b) => a - b)).toEqual(seen.map((_, i) => i + 1));
  expect(await ask("rows:list", { of })).toHaveLength(12);
});

test("[TRAP32] a result that looked at the identity is nobody else's", async () => {
  const sessions = await Promise.all(
    ["ann", "bob", null].map(async (subject) => {
      const session = await Session.open();
      if (subject !== null) {
        const value = await tokenOf(subject, { nickname: subject });
        session.socket.send({ type: "Authenticate", baseVersion: 0, tokenType: "User", value });
      }
      await session.watch(add(0, "runtime:whoami"));
      return session.values.get(0);
    }),
  );
  expect(sessions).toEqual([
    expect.objectContaining({ subject: "ann", tokenIdentifier: "https://issuer.example|ann" }),
    expect.objectContaining({ subject: "bob" }),
    null,
  ]);
});

test("[CONTRACT4] nothing is kept between calls, and what cannot end is an error", async () => {
  for (let i = 0; i < 3; i++) expect(await ask("runtime:moduleState")).toBe(1);
  await expect(ask("runtime:neverEnds")).rejects.toThrow("Returned promise will never resolve");
  const of = unique("endless");
  await expect(mutate("runtime:endless", { of })).rejects.toThrow(
    "Function execution timed out (maximum duration: 1s)",
  );
  expect(await ask("rows:list", { of })).toEqual([]);
  await expect(ask("runtime:queryWrites", { of })).rejects.toThrow();
});

test("[CONTRACT5] missing and internal functions look alike, and types are told apart", async () => {
  for (const path of ["rows:hidden", "rows:nowhere"]) {
    await expect(ask(path)).rejects.toThrow(`Could not find public function for '${path}'.`);
  }
  await expect(ask("rows:nothing")).rejects.toThrow(
    "Trying to execute rows.js:nothing as Query, but it is defined as Mutation.",
  );
  const { json } = await post("/api/function", { path: "rows:nowhere", args: {} }, asAdmin);
  expect(json).toMatchObject({
    status: "error",
    errorMessage: expect.stringContaining("Could not find function for 'rows:nowhere'"),
  });
  await expect(ask("echo:fail", { message: "boom" })).rejects.toThrow(
    /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: boom\n {4}at .*\.\.\/convex\/echo\.ts/,
  );
});
