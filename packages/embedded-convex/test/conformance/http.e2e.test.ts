/** The HTTP API, HTTP actions and stored files, by plain requests. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { act, asAdmin, ask, deployment, mutate, post, tokenOf, unique } from "./deployment.ts";

const { url, siteUrl } = deployment;

test("[TRAP15] what a function does wrong is a 200 with an error; what the request does wrong is not", async () => {
  for (const [path, args] of [
    ["echo:fail", { message: "boom" }],
    ["echo:nowhere", {}],
    ["rows:list", { of: 1 }],
  ] as const) {
    const { status, json } = await post("/api/query", { path, args });
    expect([status, json]).toEqual([
      200,
      expect.objectContaining({ status: "error", errorMessage: expect.any(String) }),
    ]);
  }
  for (const [body, status, code] of [
    [{ path: "rows:list", args: {}, format: "xml" }, 400, "BadFormat"],
    [{ path: "not a path", args: {} }, 400, "BadConvexFunctionIdentifier"],
  ] as const) {
    expect(await post("/api/query", body)).toEqual({
      status,
      json: { code, message: expect.any(String) },
    });
  }
  const unauthorized = await post(
    "/api/query",
    { path: "runtime:whoami", args: {} },
    {
      Authorization: "Bearer not.a.token",
    },
  );
  expect(unauthorized.status).toBe(401);
  expect((await post("/api/function", { path: "rows:hidden", args: {} })).status).not.toBe(200);
  expect(await post("/api/function", { path: "rows:hidden", args: {} }, asAdmin)).toMatchObject({
    status: 200,
    json: { status: "success", value: "hidden" },
  });
});

test("[TRAP16] arguments are an object, or a list with one", async () => {
  for (const args of [{ value: 7 }, [{ value: 7 }]]) {
    const { json } = await post("/api/query", { path: "echo:value", args });
    expect(json).toMatchObject({ status: "success", value: 7 });
  }
  const parameters = new URLSearchParams({ path: "echo:value", args: '{"value":7}' });
  const got = await fetch(`${url}/api/query?${parameters}`);
  expect(await got.json()).toMatchObject({ status: "success", value: 7 });
  const run = await post("/api/run/echo/value", { args: { value: 7 } });
  expect(run.json).toMatchObject({ status: "success", value: 7 });
});

test("[TRAP17] without a format the answer is plain JSON; clients ask for the encoded one", async () => {
  const value = {
    big: { $integer: "BQAAAAAAAAA=" },
    bytes: { $bytes: "AQI=" },
    nan: { $float: "AAAAAAAA+H8=" },
  };
  const ask = async (format: object) =>
    (
      (await post("/api/query", { path: "echo:value", args: { value }, ...format })).json as {
        value: unknown;
      }
    ).value;
  expect(await ask({})).toEqual({ big: "5", bytes: "AQI=", nan: "NaN" });
  expect(await ask({ format: "json" })).toEqual({ big: "5", bytes: "AQI=", nan: "NaN" });
  expect(await ask({ format: "convex_encoded_json" })).toEqual(value);
});

test("[TRAP18] HTTP actions have no CORS of the platform's, and a wrong token does not refuse them", async () => {
  const wrong = { Authorization: "Bearer not.a.token", Origin: "http://app.example" };
  const response = await fetch(`${siteUrl}/about`, { headers: wrong });
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
  expect(await response.json()).toMatchObject({ identity: { error: expect.any(String) } });
  const right = { Authorization: `Bearer ${await tokenOf("ann")}` };
  const known = await fetch(`${siteUrl}/about`, { headers: right });
  expect(await known.json()).toMatchObject({ identity: { subject: "ann" } });
  const api = await fetch(`${url}/api/query`, { method: "OPTIONS", headers: wrong });
  expect(api.headers.get("access-control-allow-origin")).toBe("http://app.example");
});

test("[TRAP19] a file is known by its document id, and by a UUID in addresses only", async () => {
  const address = String(await mutate("files:uploadUrl"));
  const body = unique("bytes");
  const digest = createHash("sha256").update(body);
  const [base64, hex] = [digest.copy().digest("base64"), digest.digest("hex")];
  const uploaded = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "text/x-mine", Digest: `sha-256=${base64}` },
    body,
  });
  const { storageId: id } = (await uploaded.json()) as { storageId: string };
  const about = (await ask("files:about", { id })) as {
    url: string;
    row: object;
    metadata: object;
  };
  expect(about.row).toMatchObject({ _id: id, sha256: base64, contentType: "text/x-mine" });
  expect(about.metadata).toMatchObject({ sha256: hex, size: body.length });
  expect(about.url).not.toContain(id);
  expect(about.url).toMatch(/\/api\/storage\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  const download = await fetch(about.url);
  expect(download.headers.get("digest")).toBe(`sha-256=${base64}`);
  expect(download.headers.get("content-type")).toBe("text/x-mine");
  expect(await download.text()).toBe(body);
  const part = await fetch(about.url, { headers: { Range: "bytes=1-3" } });
  expect([part.status, await part.text()]).toEqual([206, body.slice(1, 4)]);
  await mutate("files:remove", { id });
  expect((await fetch(about.url)).status).toBe(404);
  const forged = await fetch(address.replace(/token=.*/, "token=forged"), { method: "POST", body });
  expect(forged.status).toBe(401);
});

test("[TRAP20] an HTTP action sees the address of its site, as the proxy before it says", async () => {
  const seenAt = async (address: string, headers = {}) =>
    ((await (await fetch(address, { headers })).json()) as { url: string }).url;
  const { host } = new URL(siteUrl);
  expect(await seenAt(`${siteUrl}/about?x=1%202`)).toBe(`http://${host}/about?x=1%202`);
  expect(new URL(await seenAt(`${url}/http/about`)).pathname).toBe("/about");
  const forwarded = await seenAt(`${siteUrl}/about`, { "X-Forwarded-Proto": "https" });
  expect(forwarded).toBe(`https://${host}/about`);
});

test("[CONTRACT1] HTTP actions are found by path or longest prefix, stream, and fail with a trace", async () => {
  expect(await (await fetch(`${siteUrl}/files/a/b`)).text()).toBe("/files/a/b");
  const missing = await fetch(`${siteUrl}/nowhere`);
  expect([missing.status, await missing.text()]).toEqual([404, "No matching routes found"]);
  const echoed = await fetch(`${siteUrl}/echo`, { method: "POST", body: "a body" });
  expect([echoed.status, await echoed.text()]).toEqual([201, "a body"]);
  const thrown = await fetch(`${siteUrl}/throws`);
  expect([thrown.status, await thrown.json()]).toEqual([
    500,
    {
      code: expect.stringContaining("Server Error: Uncaught Error: boom"),
      trace: expect.any(String),
    },
  ]);
});

test("[CONTRACT2] a batch is of one moment, and an older moment can be asked for", async () => {
  const of = unique("moment");
  const { json } = await post("/api/query_ts", {});
  await mutate("rows:insert", { of, values: [1] });
  const query = { path: "rows:list", args: { of } };
  const then = await post("/api/query_at_ts", { ...query, ts: (json as { ts: string }).ts });
  expect(then.json).toMatchObject({ status: "success", value: [] });
  const batch = await post("/api/query_batch", { queries: [query, query] });
  const { results } = batch.json as { results: { value: unknown[] }[] };
  expect(results.map(({ value }) => value.length)).toEqual([1, 1]);
});

test("[CONTRACT3] actions answer over HTTP, and errors of calls keep their data", async () => {
  expect(await act("echo:failInAction", { data: { code: 1n } })).toEqual({ data: { code: 1n } });
});
