import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { REST } from "discord.js";
import { expect, onTestFinished, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { CallBudget } from "./call-budget.ts";
import { asCall, pacedRequest } from "./paced-request.ts";

/** A server that answers only when it is told to. */
async function openSilentServer() {
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    request.resume().on("end", () => {
      hear();
      void answered.then(() => response.setHeader("content-type", "application/json").end("{}"));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, answer, heard };
}

function open(url: string, budget = new CallBudget(new ManualClock())) {
  const seen: string[] = [];
  const rest = new REST({ api: url, makeRequest: pacedRequest(budget) }).setToken("t");
  const post = (name: string, files: { name: string; data: Buffer }[] = []) => {
    const call = {
      kind: "mirror" as const,
      onTurn: () => void seen.push(`${name} has its turn`),
      onDispatch: ({ method }: { method: string }) => void seen.push(`${name} left: ${method}`),
    };
    return asCall(call, () =>
      rest.post(`/channels/${name}/messages`, { body: { content: "x" }, files }),
    );
  };
  return { seen, post };
}

test("a request counts as dispatched when its first byte leaves, not when Discord answers", async () => {
  const { url, answer, heard } = await openSilentServer();
  const { seen, post } = open(url);
  const posted = post("1");
  await heard;
  expect(seen).toEqual(["1 has its turn", "1 left: POST"]);
  answer();
  await posted;
  expect(seen).toHaveLength(2);
});

test("a request with files is dispatched, too", async () => {
  const { url, answer } = await openSilentServer();
  answer();
  const { seen, post } = open(url);
  await post("1", [{ name: "a.txt", data: Buffer.from("a") }]);
  expect(seen).toEqual(["1 has its turn", "1 left: POST"]);
});

test("what waits for its turn has not been dispatched, and each request is its own call's", async () => {
  const { url, answer, heard } = await openSilentServer();
  const { seen, post } = open(url, new CallBudget(new ManualClock(), { limit: 1, perMs: 1_000 }));
  const first = post("1");
  post("2").catch(() => {}); // never has its turn here
  await heard;
  answer();
  await first;
  expect(seen).toEqual(["1 has its turn", "1 left: POST"]);
});
