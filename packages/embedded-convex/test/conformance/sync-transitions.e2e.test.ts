/** Versions, timestamps and results on the socket. */
import type { JSONValue } from "convex/values";
import { expect, test } from "vitest";
import { add } from "../raw-client.ts";
import { connect, mutate, timeOf, unique } from "./deployment.ts";
import { Session } from "./session.ts";

const insertInto = async (of: string, ...values: number[]) =>
  (await mutate("rows:insert", { of, values })) as string[];

test("[TRAP1] each mutation is followed by a transition that reaches its timestamp, whatever it wrote", async () => {
  const session = await Session.open();
  const of = unique("covered");
  await session.watch(add(0, "rows:list", { of }));
  const elsewhere = { of: unique("elsewhere"), values: [1] };
  const mutations: [string, JSONValue][] = [
    ["rows:insert", { of, values: [1] }],
    ["rows:insert", elsewhere],
    ["rows:nothing", {}],
  ];
  for (const [path, args] of mutations) {
    const { response, covering } = await session.mutate(path, args);
    expect(timeOf(covering?.end.ts)).toBeGreaterThanOrEqual(timeOf(response.ts));
  }
  const client = connect();
  expect(await client.mutation("rows:nothing" as never, {} as never)).toBe("nothing written");
});

test("[TRAP2] a request that comes again on a new socket is answered as before, and done once", async () => {
  const sessionId = crypto.randomUUID();
  const of = unique("once");
  const args = { of, values: [1] };
  const first = await (await Session.open({ sessionId })).mutate("rows:insert", args);
  const again = await Session.open({ sessionId, connectionCount: 1 });
  const repeated = await again.mutate("rows:insert", args);
  expect(repeated.response).toEqual(first.response);
  expect((await again.watch(add(0, "rows:list", { of }))).modifications[0]?.value).toHaveLength(1);
});

test("[TRAP3] transitions start where the last one ended, and each socket at zero", async () => {
  for (const connectionCount of [0, 1]) {
    const session = await Session.open({ connectionCount });
    await session.watch(add(0, "rows:list", { of: "nobody's" }));
    await session.watch({ type: "Remove", queryId: 0 });
    await session.mutate("rows:nothing");
    expect(session.transitions[0]?.start).toEqual({
      querySet: 0,
      identity: 0,
      ts: "AAAAAAAAAAA=",
    });
    expect(session.transitions.length).toBeGreaterThanOrEqual(3); // `Session` compared each
  }
});

test("[TRAP5] what is not there is left out, and null is told as null", async () => {
  const session = await Session.open();
  const { modifications, frame } = await session.watch(
    add(0, "echo:fail", { message: "plain" }),
    add(1, "echo:value", { value: null }),
  );
  expect(modifications[0]).toMatchObject({ type: "QueryFailed", queryId: 0 });
  expect(modifications[0]).not.toHaveProperty("errorData");
  expect(modifications[1]).toMatchObject({ type: "QueryUpdated", value: null, journal: null });
  for (const field of ["serverTs", "clientClockSkew"]) {
    expect(["number", "undefined"]).toContain(typeof frame[field]);
  }
  const withNull = await session.mutate("echo:failWith", { data: null });
  expect(withNull.response).toMatchObject({ success: false, errorData: null });
  const plain = await session.mutate("echo:checked", { of: "nobody's", n: "x" });
  expect(plain.response).not.toHaveProperty("errorData");
});

test("[TRAP6] timestamps are eight little-endian bytes of nanoseconds, serverTs is a number of them", async () => {
  const session = await Session.open();
  const { response, covering } = await session.mutate("rows:nothing");
  expect(Buffer.from(String(response.ts), "base64")).toHaveLength(8);
  const minuteNs = 60n * 1_000_000_000n;
  const now = BigInt(Date.now()) * 1_000_000n;
  for (const ts of [timeOf(response.ts), timeOf(covering?.end.ts)]) {
    expect(ts > now - minuteNs && ts < now + minuteNs).toBe(true);
  }
  const serverMs = Number(covering?.frame.serverTs) / 1e6;
  expect(Math.abs(serverMs - Date.now())).toBeLessThan(60_000);
});

test("[TRAP7] all queries of a transition are of one moment", async () => {
  const of = unique("moment");
  const [from = "", to = ""] = await insertInto(of, 100, 0);
  const session = await Session.open();
  await session.watch(add(0, "rows:get", { id: from }), add(1, "rows:get", { id: to }));
  const moving = Array.from({ length: 30 }, (_, i) =>
    mutate("rows:move", i % 3 === 0 ? { from: to, to: from } : { from, to }),
  );
  const balanceOf = (queryId: number) => (session.values.get(queryId) as { value: number }).value;
  const sums = new Set<number>();
  await session.until(() => {
    sums.add(balanceOf(0) + balanceOf(1));
    return balanceOf(1) === 10;
  });
  await Promise.all(moving);
  expect([...sums]).toEqual([100]);
});

test("[TRAP8] a result is sent again when its value or its log lines differ, and only then", async () => {
  const of = unique("logged");
  const session = await Session.open();
  const first = await session.watch(add(0, "echo:log", { of }));
  expect(first.modifications[0]).toMatchObject({
    value: "constant",
    logLines: ["[LOG] 'rows' 0", "[WARN] {\n  a: 1\n}"],
  });
  const logged = await session.mutate("rows:insert", { of, values: [1] });
  expect(logged.covering?.modifications).toMatchObject([
    { queryId: 0, value: "constant", logLines: ["[LOG] 'rows' 1", "[WARN] {\n  a: 1\n}"] },
  ]);
  const same = await Session.open();
  await same.watch(add(0, "rows:compare", { of, op: "gt", value: 5, by: "filter" }));
  const touched = await same.mutate("rows:insert", { of, values: [2] });
  expect(touched.covering?.modifications).toEqual([]); // executed again, to the same result
});

test("[TRAP12] telemetry is ignored, and a connection without queries is answered", async () => {
  const session = await Session.open();
  session.socket.send({ type: "Event", eventType: "ClientConnect", event: { marks: [] } });
  session.socket.send({ type: "Event", eventType: "NobodyKnows", event: null });
  const { end, modifications } = await session.watch();
  expect([end.querySet, modifications]).toEqual([1, []]);
});

test("[TRAP13] a journal that is null is as good as none", async () => {
  const session = await Session.open();
  const of = unique("journal");
  await insertInto(of, 1, 2, 3);
  const page = { of, paginationOpts: { numItems: 2, cursor: null } };
  const { modifications } = await session.watch(
    add(0, "rows:page", page),
    add(1, "rows:page", page, { journal: null }),
  );
  expect(modifications.map(({ value }) => value)).toHaveLength(2);
  expect(modifications[0]?.value).toEqual(modifications[1]?.value);
  expect(modifications[0]).toHaveProperty("journal", expect.any(String));
});
