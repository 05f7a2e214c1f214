/** Mutations and tokens on the socket, and its life. */
import { expect, test } from "vitest";
import { add } from "../raw-client.ts";
import { ask, connect, mutate, rawSocket, timeOf, tokenOf, unique } from "./deployment.ts";
import { Session } from "./session.ts";

const authenticate = (session: Session, baseVersion: number, value: string) =>
  session.socket.send({ type: "Authenticate", baseVersion, tokenType: "User", value });

test("[TRAP4] each accepted token raises the identity by one, and so does signing out", async () => {
  const session = await Session.open();
  await session.watch(add(0, "runtime:whoami"));
  for (const [base, subject] of [
    [0, "ann"],
    [1, "bob"],
  ] as const) {
    authenticate(session, base, await tokenOf(subject));
    const { end } = await session.until((shown) => shown.end.identity > base);
    expect(end.identity).toBe(base + 1);
    expect(session.values.get(0)).toMatchObject({ subject });
  }
  session.socket.send({ type: "Authenticate", baseVersion: 2, tokenType: "None" });
  expect((await session.until(({ end }) => end.identity > 2)).end.identity).toBe(3);
  expect(session.values.get(0)).toBeNull();
  const client = connect();
  const isAuthenticated = new Promise<boolean>((resolve) => {
    client.setAuth(() => tokenOf("ann"), resolve);
  });
  expect(await isAuthenticated).toBe(true);
});

test("[TRAP10] a refused token ends the socket, naming the identity last shown", async () => {
  const session = await Session.open();
  await session.watch(add(0, "runtime:whoami"));
  authenticate(session, 0, await tokenOf("ann"));
  await session.until(({ end }) => end.identity === 1);
  authenticate(session, 1, `${await tokenOf("ann")}x`);
  expect(await session.socket.until("AuthError")).toMatchObject({
    baseVersion: 1,
    authUpdateAttempted: true,
    error: expect.any(String),
  });
  await session.socket.closed;
});

test("[TRAP11] mutations of a socket are done one by one in their order, beside those of others", async () => {
  const of = unique("in order");
  const [one, other] = [await Session.open(), await Session.open()];
  const slowly = (value: number) => ({ of, value, reads: 200 });
  const sent = Array.from({ length: 10 }, (_, i) =>
    one.send("Mutation", "rows:insertSlowly", slowly(i)),
  );
  const answers = [(await one.response(sent[0] ?? 0)).ts];
  const between = await other.mutate("rows:insertSlowly", slowly(100));
  for (const requestId of sent.slice(1)) answers.push((await one.response(requestId)).ts);
  const times = answers.map((ts) => timeOf(ts));
  expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : 1)));
  expect(timeOf(between.response.ts)).toBeLessThan(times.at(-1) ?? 0n);
  const rows = (await ask("rows:list", { of })) as { value: number; _creationTime: number }[];
  const inOrder = rows.filter(({ value }) => value < 100).map(({ _creationTime }) => _creationTime);
  expect(inOrder).toEqual([...inOrder].sort((a, b) => a - b));
});

test("[TRAP14] a client that has seen a later moment than there is is refused; one that has seen the latest is not", async () => {
  const { response } = await (await Session.open()).mutate("rows:nothing");
  const back = await Session.open({
    maxObservedTimestamp: String(response.ts),
    connectionCount: 1,
  });
  const { end } = await back.watch(add(0, "rows:list", { of: "nobody's" }));
  expect(timeOf(end.ts)).toBeGreaterThanOrEqual(timeOf(response.ts));
  const later = Buffer.alloc(8);
  later.writeBigUInt64LE(timeOf(response.ts) + 3_600_000_000_000n);
  const ahead = await rawSocket({ maxObservedTimestamp: later.toString("base64") });
  ahead.modify(0, []);
  expect((await ahead.closed).code).toBe(1011);
});

test("[TRAP9] an idle client hears a Ping within 20 seconds", { timeout: 30_000 }, async () => {
  const socket = await rawSocket();
  const since = performance.now();
  expect(await socket.until("Ping")).toEqual({ type: "Ping" });
  expect(performance.now() - since).toBeLessThan(20_000);
});

test("[TRAP52] a mutation that loses every race is closed with 1013, never answered as failed", async () => {
  const of = unique("race");
  const address = String(await mutate("files:uploadUrl"));
  const session = await Session.open();
  session.send("Mutation", "runtime:loses", { of });
  let isOver = false;
  const closed = session.socket.closed.finally(() => {
    isOver = true;
  });
  const ids: string[] = [];
  // Several at a time: one has to come between each try and its commit.
  const upload = async () => {
    while (!isOver) {
      const uploaded = await fetch(address, { method: "POST", body: of });
      ids.push(((await uploaded.json()) as { storageId: string }).storageId);
    }
  };
  await Promise.all([upload(), upload(), upload(), upload()]);
  expect(await closed).toEqual({ code: 1013, reason: "OptimisticConcurrencyControlFailure" });
  expect(session.socket.unread.filter(({ type }) => type === "MutationResponse")).toEqual([]);
  expect(await ask("rows:list", { of })).toEqual([]);
  for (const id of ids) await mutate("files:remove", { id });
});
