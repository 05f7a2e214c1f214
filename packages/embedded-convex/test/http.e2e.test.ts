/** HTTP actions and stored files of the whole engine. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, mutation, query, type RunningServer, startServer } from "./running-server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer("server", { JWKS: 'data:application/json,{"keys":[]}' });
});
afterAll(() => server.stop());

test("[HTTP14] an HTTP action sees the request as it was sent, on both ports", async () => {
  const { url, siteUrl } = server.engine;
  for (const base of [siteUrl, `${url}/http`]) {
    const body = Buffer.from([0, 255, 1, 254]);
    const response = await fetch(`${base}/echo?x=1%202`, {
      method: "POST",
      body,
      headers: { "Content-Type": "application/x-mine", "X-Forwarded-Proto": "https" },
    });
    expect(response.status).toBe(201);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(body);
    const host = new URL(base).host;
    expect(response.headers.get("x-url")).toBe(`https://${host}/echo?x=1%202`);
    expect(response.headers.get("x-type")).toBe("application/x-mine");
  }
});

test("[HTTP15] routes, prefixes, OPTIONS and unknown paths are the app's own", async () => {
  const { siteUrl } = server.engine;
  const get = async (path: string, init = {}) => {
    const response = await fetch(`${siteUrl}${path}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  expect(await get("/files/a/b")).toMatchObject({ status: 200, text: "/files/a/b" });
  expect(await get("/nowhere")).toMatchObject({ status: 404, text: "No matching routes found" });
  const options = await get("/options", { method: "OPTIONS", headers: { Origin: "http://x" } });
  expect([options.status, options.headers.get("x-mine")]).toEqual([204, "1"]);
  expect(options.headers.has("access-control-allow-origin")).toBe(false);
  const thrown = await get("/throws");
  expect(thrown.status).toBe(500);
  expect(thrown.text).toContain("Server Error");
});

test("[HTTP14] fifty HTTP actions at once write what they say", async () => {
  const increment = async () => {
    const response = await fetch(`${server.engine.siteUrl}/increment`, {
      method: "POST",
      body: JSON.stringify({ name: "over http" }),
    });
    return (await response.json()) as number;
  };
  const answers = await Promise.all(Array.from({ length: 50 }, increment));
  expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
});

test("[HTTP26] a file goes up, is read by functions, copied by an action, and goes", async () => {
  const client = server.http();
  const address = (await client.mutation(mutation("files:uploadUrl"), {})) as string;
  const posted = await fetch(address, { method: "POST", body: "hello" });
  const { storageId: id } = (await posted.json()) as { storageId: string };
  const url = (await client.query(query("files:url"), { id })) as string;
  expect(await (await fetch(url)).text()).toBe("hello");
  expect(await client.query(query("files:row"), { id })).toMatchObject({ _id: id, size: 5 });
  const copy = (await client.action(action("files:copy"), { id })) as string;
  const copied = (await client.query(query("files:url"), { id: copy })) as string;
  const download = await fetch(copied);
  expect([download.headers.get("content-type"), await download.text()]).toEqual([
    "text/plain",
    "hello copied",
  ]);
  await client.mutation(mutation("files:remove"), { id });
  expect((await fetch(url)).status).toBe(404);
  expect(await client.query(query("files:url"), { id })).toBeNull();
});

test("[CLI3] a request under way when the deployment closes is answered to its end", async () => {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const init: RequestInit & { duplex: "half" } = { method: "POST", body: readable, duplex: "half" };
  const answer = fetch(`${server.engine.siteUrl}/echo`, init);
  await writer.write(Buffer.from("before "));
  const text = (await answer).text(); // its head has come: it runs
  const restarted = server.restart();
  await expect(fetch(`${server.engine.url}/version`)).rejects.toThrow(); // nothing new comes in
  await writer.write(Buffer.from("and after"));
  await writer.close();
  expect(await text).toBe("before and after");
  await restarted;
});
