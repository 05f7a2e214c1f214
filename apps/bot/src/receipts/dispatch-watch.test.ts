import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { REST } from "discord.js";
import { expect, onTestFinished, test } from "vitest";
import { mirrorWork } from "../../test/mirror-work.ts";
import { DispatchWatch } from "./dispatch-watch.ts";

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

function watch(url: string) {
  const noted: number[] = [];
  const dispatches = new DispatchWatch(({ committedAtMs }) => noted.push(committedAtMs));
  onTestFinished(() => dispatches.stop());
  const rest = new REST({ api: url, makeRequest: dispatches.makeRequest }).setToken("t");
  const work = (nonce: string, committedAtMs: number, changes = {}) =>
    mirrorWork({
      nonce,
      stamps: { sourceAtMs: 0, receivedAtMs: 0, committedAtMs },
      ...changes,
    });
  const post = (nonce: string, files: { name: string; data: Buffer }[] = []) =>
    rest.post("/channels/1/messages", { body: { content: "x", nonce }, files });
  return { noted, dispatches, work, post };
}

test("a post counts when its first byte leaves, not when Discord answers", async () => {
  const { url, answer, heard } = await openSilentServer();
  const { noted, dispatches, work, post } = watch(url);
  dispatches.expect([work("one", 1), work("two", 2)]);
  const posted = post("two");
  await heard;
  expect(noted).toEqual([2]);
  answer();
  await posted;
  await post("two"); // a repeat is nothing new
  expect(noted).toEqual([2]);
});

test("a post with files counts, too", async () => {
  const { url, answer } = await openSilentServer();
  answer();
  const { noted, dispatches, work, post } = watch(url);
  dispatches.expect([work("one", 1)]);
  await post("one", [{ name: "a.txt", data: Buffer.from("a") }]);
  expect(noted).toEqual([1]);
});

test("what is no first post, and what nobody expects, does not count", async () => {
  const { url, answer } = await openSilentServer();
  answer();
  const { noted, dispatches, work, post } = watch(url);
  dispatches.expect([work("retry", 1, { attempt: 1 }), work("look", 2, { lookFirst: true })]);
  for (const nonce of ["retry", "look", "unknown"]) await post(nonce);
  expect(noted).toEqual([]);
});
