/** The main and the site port on loopback, over a fake engine. */
import { connect as connectTcp } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { ConvexHttpClient } from "convex/browser";
import { anyApi, type FunctionReference } from "convex/server";
import type { JSONValue } from "convex/values";
import { afterEach, describe, expect, test } from "vitest";
import { type FakeDeployment, startFakeDeployment } from "../../test/fake-deployment.ts";
import { FAKE_ADMIN_KEY, FakeConvexError, type FakeFunction } from "../../test/fake-engine.ts";
import { OccError, OutOfRetentionError, OverloadedError } from "../errors.ts";
import type { HttpActionRequest } from "../rooms.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(functions: Record<string, FakeFunction> = {}): Promise<FakeDeployment> {
  const deployment = await startFakeDeployment({ functions });
  cleanups.push(() => deployment.close());
  return deployment;
}

const INT = { $integer: "BQAAAAAAAAA=" };
const cells: Record<string, FakeFunction> = {
  "m:get": (ctx) => ctx.get("a"),
  "m:echo": (_, args) => args,
  "m:set": (ctx, args) => {
    ctx.set("a", args);
    return null;
  },
  "m:odd": () => ({ int: INT, bytes: { $bytes: "AQI=" }, nan: { $float: "AAAAAAAA+H8=" }, one: 1 }),
  "dir/m:logs": (ctx) => {
    ctx.log("hello");
    return 1;
  },
  "m:fails": () => {
    throw new Error("boom");
  },
  "m:payload": () => {
    throw new FakeConvexError({ big: INT });
  },
};

async function post(url: string, path: string, body: unknown, headers = {}) {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, headers: response.headers, json: await response.json() };
}

const ADMIN = { Authorization: `Convex ${FAKE_ADMIN_KEY}` };

describe("data API", () => {
  test("[HTTP10] arguments are an object or a positional array", async () => {
    const { url } = await start(cells);
    for (const args of [{ x: 1 }, [{ x: 1 }]]) {
      const { json } = await post(url, "/api/query", { path: "m:echo", args });
      expect(json).toEqual({ status: "success", value: { x: 1 } });
    }
    const args = encodeURIComponent('{"x":1}');
    const got = await fetch(`${url}/api/query?path=m.js:echo&args=${args}&format=json`);
    expect(await got.json()).toEqual({ status: "success", value: { x: 1 } });
  });

  test.each([
    [undefined, { int: "5", bytes: "AQI=", nan: "NaN", one: 1 }, '"one":1}'],
    ["json", { int: "5", bytes: "AQI=", nan: "NaN", one: 1 }, '"one":1}'],
    ["convex_clean_json", { int: "5", bytes: "AQI=", nan: "NaN", one: 1 }, '"one":1}'],
    [
      "convex_encoded_json",
      { int: INT, bytes: { $bytes: "AQI=" }, nan: { $float: "AAAAAAAA+H8=" }, one: 1 },
      '"one":1}',
    ],
    [
      "export_json",
      { int: 5, bytes: { $bytes: "AQI=" }, nan: { $float: "AAAAAAAA+H8=" }, one: 1 },
      '"one":1.0}',
    ],
  ])("[HTTP8] format %s", async (format, value, ending) => {
    const { url } = await start(cells);
    const body = JSON.stringify({ path: "m:odd", args: {}, format });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`${url}/api/query`, { method: "POST", headers, body });
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({ status: "success", value });
    expect(text).toContain(ending);
  });

  test("[HTTP8] an unknown format is refused", async () => {
    const { url } = await start(cells);
    const answer = await post(url, "/api/query", { path: "m:odd", args: {}, format: "xml" });
    expect(answer).toMatchObject({ status: 400, json: { code: "BadFormat" } });
  });

  test("[HTTP9] a function's error is 200 with status error, and its payload when it has one", async () => {
    const { url } = await start(cells);
    for (const route of ["/api/query", "/api/mutation", "/api/action"]) {
      const plain = await post(url, route, { path: "m:fails", args: {} });
      expect(plain.status).toBe(200);
      expect(plain.json).toEqual({
        status: "error",
        errorMessage: expect.stringMatching(
          /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: boom\n$/,
        ),
      });
    }
    const clean = await post(url, "/api/query", { path: "m:payload", args: {} });
    expect(clean.json.errorData).toEqual({ big: "5" });
    const missing = await post(url, "/api/query", { path: "m:missing", args: {} });
    expect(missing.status).toBe(200);
    expect(missing.json.errorMessage).toContain("Could not find public function for 'm:missing'.");
  });

  test("[HTTP9] the request id of the header is used, log lines come along", async () => {
    const { url } = await start(cells);
    const named = { "Convex-Request-Id": "abc123" };
    const { json } = await post(url, "/api/query", { path: "m:fails", args: {} }, named);
    expect(json.errorMessage).toContain("[Request ID: abc123]");
    const logs = await post(url, "/api/query", { path: "dir/m:logs", args: {} });
    expect(logs.json).toEqual({ status: "success", value: 1, logLines: ["[LOG] 'hello'"] });
  });

  test.each([
    [new OccError("Documents read from ..."), 503, "OptimisticConcurrencyControlFailure"],
    [new OverloadedError("TooManyConcurrentRequests", "busy"), 429, "TooManyConcurrentRequests"],
    [new OverloadedError("CommitterFullError", "busy"), 503, "CommitterFullError"],
    [new OutOfRetentionError(), 503, "OutOfRetention"],
    [new TypeError("a bug with secrets"), 500, "InternalServerError"],
  ])("[HTTP3] %s is answered with %i %s", async (error, status, code) => {
    const { url, logged } = await start({
      "m:broken": () => {
        throw error;
      },
    });
    const answer = await post(url, "/api/mutation", { path: "m:broken", args: {} });
    expect(answer).toMatchObject({ status, json: { code } });
    if (status === 500) {
      expect(JSON.stringify(answer.json)).not.toContain("secrets");
      expect(JSON.stringify(logged)).toContain("secrets");
    }
  });

  test("[HTTP12] a batch reads at one timestamp, query_at_ts at the one of query_ts", async () => {
    const { url, engine } = await start(cells);
    engine.write({ a: "old" });
    const { ts } = (await post(url, "/api/query_ts", "")).json;
    engine.write({ a: "new" });
    const get = { path: "m:get", args: {} };
    expect((await post(url, "/api/query_at_ts", { ...get, ts })).json.value).toBe("old");
    const { json } = await post(url, "/api/query_batch", { queries: [get, get] });
    expect(json.results).toEqual([
      { status: "success", value: "new" },
      { status: "success", value: "new" },
    ]);
    for (const wrong of ["", "nonsense", "/////////38=", 7]) {
      const answer = await post(url, "/api/query_at_ts", { ...get, ts: wrong });
      expect(answer).toMatchObject({ status: 400, json: { code: "InvalidTimestamp" } });
    }
  });

  test("[HTTP35] a long batch is run a few at a time, one that is too long not at all", async () => {
    let [running, most] = [0, 0];
    const { url } = await start({
      "m:busy": async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        return --running;
      },
    });
    const batch = (length: number) => {
      const queries = Array.from({ length }, () => ({ path: "m:busy", args: {} }));
      return post(url, "/api/query_batch", { queries });
    };
    expect((await batch(1_000)).json.results).toHaveLength(1_000);
    expect(most).toBe(20);
    const refused = { status: 400, json: { code: "TooManyQueries" } };
    expect(await batch(1_001)).toMatchObject(refused);
  });

  test("[HTTP11] a wrong token or key fails the whole request with 401", async () => {
    const { url } = await start(cells);
    const body = { path: "m:get", args: {} };
    const token = await post(url, "/api/query", body, { Authorization: "Bearer abc.def.ghi" });
    expect(token).toMatchObject({ status: 401, json: { code: "InvalidAuthHeader" } });
    const key = await post(url, "/api/query", body, {
      Authorization: "Convex fake-instance|wrong",
    });
    expect(key).toMatchObject({ status: 401, json: { code: "BadAdminKey" } });
    const admin = await post(url, "/api/function", body);
    expect(admin).toMatchObject({ status: 401, json: { code: "BadAdminKey" } });
    expect((await post(url, "/api/function", body, ADMIN)).status).toBe(200);
  });

  test("[HTTP10] /api/run takes the function from the path", async () => {
    const { url } = await start(cells);
    const { json } = await post(url, "/api/run/dir/m/logs", { args: {} });
    expect(json).toEqual({ status: "success", value: 1, logLines: ["[LOG] 'hello'"] });
    expect((await fetch(`${url}/api/run/m/get`)).status).toBe(405);
    expect((await post(url, "/api/run/%ff/get", { args: {} })).status).toBe(400);
  });

  test.each([
    ["no JSON", "{", "BadJsonBody"],
    ["JSON that is nested too deep", "[".repeat(300) + "]".repeat(300), "BadJsonBody"],
    ["no object", "7", "BadJsonBody"],
    ["no path", { args: {} }, "BadJsonBody"],
    ["no args", { path: "m:get" }, "BadJsonBody"],
    ["args of another type", { path: "m:get", args: "x" }, "BadJsonBody"],
    ["a malformed path", { path: "m:get:?", args: {} }, "BadConvexFunctionIdentifier"],
    ["an empty path", { path: "", args: {} }, "BadConvexFunctionIdentifier"],
  ])("[HTTP5] %s is refused with 400", async (_, body, code) => {
    const { url } = await start(cells);
    expect(await post(url, "/api/query", body)).toMatchObject({ status: 400, json: { code } });
  });

  test("[HTTP5] a content type that is not JSON and a client without version are refused", async () => {
    const { url } = await start(cells);
    const body = { path: "m:get", args: {} };
    const text = await post(url, "/api/query", body, { "Content-Type": "text/plain" });
    expect(text).toMatchObject({ status: 400, json: { code: "BadJsonBody" } });
    const suffixed = await post(url, "/api/query", body, {
      "Content-Type": "application/vnd.api+json; charset=utf-8",
    });
    expect(suffixed.status).toBe(200);
    const client = await post(url, "/api/query", body, { "Convex-Client": "npm" });
    expect(client).toMatchObject({ status: 400, json: { code: "InvalidClientVersion" } });
    const cli = await post(url, "/api/query", body, { "Convex-Client": "npm-cli-1.48.0" });
    expect(cli.status).toBe(200);
  });

  test("[HTTP28] an unknown API path is a 400, a wrong method a 405, anything else a 404", async () => {
    const { url } = await start();
    expect((await post(url, "/api/deploy9/whatever", {})).status).toBe(400);
    expect((await fetch(`${url}/api/mutation`)).status).toBe(405);
    expect((await post(url, "/api/debug_event", {})).status).toBe(404);
    expect((await fetch(`${url}/favicon.ico`)).status).toBe(404);
  });

  test("[HTTP7] leading double slashes count as one", async () => {
    const { url } = await start(cells);
    expect((await post(url, "//api/query", { path: "m:get", args: {} })).status).toBe(200);
  });

  test("[HTTP30] meta routes tell what runs here, without credentials", async () => {
    const { url } = await start();
    const text = async (path: string) => await (await fetch(`${url}${path}`)).text();
    expect(await text("/")).toContain("This Convex deployment is running.");
    expect(await text("/version")).toBe("1.48.0");
    expect(await text("/instance_name")).toBe("fake-instance");
    const echo = await fetch(`${url}/echo`, { method: "POST", body: "hello" });
    expect(await echo.text()).toBe("hello");
  });
});

describe("official HTTP client", () => {
  const fn = <T extends "query" | "mutation" | "action">(name: string) =>
    (anyApi as unknown as Record<string, Record<string, FunctionReference<T, "public">>>).m?.[
      name
    ] as FunctionReference<T, "public">;

  test("[HTTP9] queries, mutations, actions and errors", async () => {
    const { url } = await start(cells);
    const client = new ConvexHttpClient(url);
    expect(await client.query(fn<"query">("echo"), { big: 5n })).toEqual({ big: 5n });
    await client.mutation(fn<"mutation">("set"), { x: 1 });
    expect(await client.action(fn<"action">("get"), {})).toEqual({ x: 1 });
    await expect(client.query(fn<"query">("payload"), {})).rejects.toMatchObject({
      data: { big: 5n },
    });
    await expect(client.query(fn<"query">("fails"), {})).rejects.toThrow("Uncaught Error: boom");
  });

  test("[HTTP12] consistent queries stay at one timestamp", async () => {
    const { url, engine } = await start(cells);
    engine.write({ a: 1 });
    const client = new ConvexHttpClient(url);
    expect(await client.consistentQuery(fn<"query">("get"), {})).toBe(1);
    engine.write({ a: 2 });
    expect(await client.consistentQuery(fn<"query">("get"), {})).toBe(1);
    expect(await client.query(fn<"query">("get"), {})).toBe(2);
  });
});

describe("bodies", () => {
  const body = Buffer.from(JSON.stringify({ path: "m:echo", args: { text: "x".repeat(1_000) } }));
  const send = async (url: string, bytes: Uint8Array, encoding: string) =>
    await fetch(`${url}/api/query`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Content-Encoding": encoding },
      body: Buffer.from(bytes),
    });

  test("[HTTP2] br, gzip and deflate are undone, others refused", async () => {
    const { url } = await start(cells);
    for (const [encoding, encode] of [
      ["br", brotliCompressSync],
      ["gzip", gzipSync],
      ["deflate", deflateSync],
      ["identity", (bytes: Uint8Array) => bytes],
    ] as const) {
      expect((await send(url, encode(body), encoding)).status).toBe(200);
    }
    expect((await send(url, body, "zstd")).status).toBe(415);
    expect((await send(url, body, "br")).status).toBe(400);
  });

  test("[HTTP1] a body over the limit is refused, also when it is small before decompression", async () => {
    const { url } = await start(cells);
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    expect((await send(url, bomb, "gzip")).status).toBe(413);
    // The server may hang up before all of a declared 17 MiB body was sent.
    const declared = await raw(
      url,
      "POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 17000000\r\n\r\n{",
    );
    expect(declared).toMatch(/^HTTP\/1.1 413 /);
    expect(declared).toContain('"code":"RequestTooLarge"');
  });
});

describe("CORS", () => {
  test("[HTTP4] the origin and the headers asked for are mirrored, on errors as well", async () => {
    const { url } = await start(cells);
    const preflight = await fetch(`${url}/api/query`, {
      method: "OPTIONS",
      headers: {
        Origin: "http://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,convex-client",
      },
    });
    expect(preflight.status).toBe(200);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      "access-control-allow-origin": "http://shop.example",
      "access-control-allow-credentials": "true",
      "access-control-allow-headers": "content-type,convex-client",
      "access-control-allow-methods": "GET,POST,OPTIONS,PATCH,DELETE,PUT",
      "access-control-max-age": "86400",
    });
    const failed = await post(url, "/api/query", "{", { Origin: "http://shop.example" });
    expect(failed.headers.get("access-control-allow-origin")).toBe("http://shop.example");
  });
});

function answering(handler: (request: HttpActionRequest) => Promise<string> | string) {
  return async (request: HttpActionRequest) => {
    const text = await handler(request);
    const chunk = async function* () {
      yield Buffer.from(text);
    };
    return { status: 200, headers: [["X-Mine", "yes"]] as [string, string][], body: chunk() };
  };
}

describe("HTTP actions", () => {
  test("[HTTP13] the URL hides the prefix and follows forwarded scheme and host", async () => {
    const { url, siteUrl, engine } = await start();
    engine.httpHandler = answering(({ url: seen }) => seen);
    const seen = async (at: string, headers = {}) => await (await fetch(at, { headers })).text();
    const host = new URL(url).host;
    expect(await seen(`${url}/http/a%20b/c?x=1%202&x=3+4`)).toBe(
      `http://${host}/a%20b/c?x=1%202&x=3+4`,
    );
    expect(await seen(`${url}/http`)).toBe(`http://${host}/`);
    expect(await seen(`${siteUrl}/deep/path`)).toBe(`${siteUrl}/deep/path`);
    expect(await seen(`${siteUrl}/`, { "X-Forwarded-Proto": "https" })).toMatch(/^https:/);
    expect(await seen(`${siteUrl}/`, { Forwarded: "for=1.2.3.4;proto=https" })).toMatch(/^https:/);
  });

  test("[HTTP13] a Host header that is more than a host is refused", async () => {
    const { siteUrl, engine } = await start();
    engine.httpHandler = answering(({ url: seen }) => seen);
    for (const host of ["x/admin?", "x/admin#", "user@x", "x:y:z"]) {
      const request = `GET /open HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
      expect(await raw(siteUrl, request)).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  test("[HTTP14] a body longer than its declared length is cut off, not taken for the next answer", async () => {
    const { siteUrl, engine } = await start();
    engine.httpHandler = async () => ({
      status: 200,
      headers: [["Content-Length", "2"]],
      body: (async function* () {
        yield Buffer.from("ab");
        yield Buffer.from("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      })(),
    });
    const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    expect(await raw(siteUrl, request)).not.toContain("Content-Length: 0");
  });

  test("[HTTP15] no CORS headers are added and OPTIONS reaches user code", async () => {
    const { url, siteUrl, engine } = await start();
    engine.httpHandler = answering(({ method }) => method);
    const headers = { Origin: "http://shop.example", "Access-Control-Request-Method": "POST" };
    for (const address of [`${siteUrl}/x`, `${url}/http/x`]) {
      const response = await fetch(address, { method: "OPTIONS", headers });
      expect(await response.text()).toBe("OPTIONS");
      expect(response.headers.get("access-control-allow-origin")).toBeNull();
      expect(response.headers.get("x-mine")).toBe("yes");
    }
  });

  test("[HTTP16] a wrong Authorization header reaches user code as an unknown identity", async () => {
    const { siteUrl, engine } = await start();
    engine.httpHandler = answering(({ request, headers }) =>
      JSON.stringify([request.identity, headers.find(([name]) => /^auth/i.test(name))?.[1]]),
    );
    const headers = { Authorization: "Bearer source-token" };
    const [identity, header] = (await (await fetch(siteUrl, { headers })).json()) as JSONValue[];
    expect(identity).toMatchObject({ kind: "unknown" });
    expect(header).toBe("Bearer source-token");
  });

  test("[HTTP14] bodies stream in both directions", async () => {
    const { siteUrl, engine } = await start();
    engine.httpHandler = async ({ body }) => ({
      status: 200,
      headers: [],
      body: (async function* () {
        for await (const chunk of body ?? [])
          yield Buffer.from(String(Buffer.from(chunk)).toUpperCase());
      })(),
    });
    // Each chunk is sent only after the echo of the one before has arrived.
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const pending = fetch(siteUrl, {
      method: "POST",
      body: readable,
      duplex: "half",
    } as RequestInit);
    await writer.write(Buffer.from("one"));
    const reader = (await pending).body?.getReader();
    const read = async () => String(Buffer.from((await reader?.read())?.value ?? []));
    expect(await read()).toBe("ONE");
    await writer.write(Buffer.from("two"));
    expect(await read()).toBe("TWO");
    await writer.close();
    expect((await reader?.read())?.done).toBe(true);
  });

  test("[HTTP14] a request body over 20 MiB ends with an error, a response is cut off", async () => {
    const { siteUrl, engine } = await start();
    engine.httpHandler = async ({ body }) => {
      let bytes = 0;
      for await (const chunk of body ?? []) bytes += chunk.length;
      return { status: 200, headers: [["X-Bytes", String(bytes)]], body: null };
    };
    const large = Buffer.alloc(21 * 1024 * 1024);
    const answer = await fetch(siteUrl, { method: "POST", body: large }).catch(() => null);
    expect(answer === null || answer.status === 413).toBe(true);
    engine.httpHandler = async () => ({
      status: 200,
      headers: [],
      body: (async function* () {
        for (let i = 0; i < 21; i++) yield Buffer.alloc(1024 * 1024);
      })(),
    });
    await expect(fetch(siteUrl).then((response) => response.arrayBuffer())).rejects.toThrow();
  });

  test("[HTTP6] a client that goes away aborts the signal and ends the stream", async () => {
    const { siteUrl, engine } = await start();
    const aborted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    engine.httpHandler = async ({ signal }) => {
      signal.addEventListener("abort", () => aborted.resolve());
      return {
        status: 200,
        headers: [],
        body: (async function* () {
          try {
            for (;;) {
              yield Buffer.alloc(1024);
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            ended.resolve();
          }
        })(),
      };
    };
    const controller = new AbortController();
    const response = await fetch(siteUrl, { signal: controller.signal });
    await response.body?.getReader().read();
    controller.abort();
    await aborted.promise;
    await ended.promise;
  });

  test("[HTTP15] HEAD has no body, repeated headers arrive as they were sent", async () => {
    const { siteUrl, engine } = await start();
    engine.httpHandler = async ({ headers }) => ({
      status: 201,
      headers: [
        ["Set-Cookie", "a=1"],
        ["Set-Cookie", "b=2"],
        ["X-Count", String(headers.filter(([name]) => name === "X-Twice").length)],
      ],
      body: (async function* () {
        yield Buffer.from("body");
      })(),
    });
    const text = await raw(
      siteUrl,
      "GET / HTTP/1.1\r\nHost: x\r\nX-Twice: 1\r\nX-Twice: 2\r\nConnection: close\r\n\r\n",
    );
    expect(text).toContain("X-Count: 2");
    expect(text).toContain("Set-Cookie: a=1\r\nSet-Cookie: b=2");
    const head = await fetch(siteUrl, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([201, ""]);
  });
});

/** What comes back for bytes sent as they are; resolves when the server hangs up or answers. */
async function raw(url: string, request: string | Buffer): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connectTcp(Number(port), hostname);
  cleanups.push(() => socket.destroy());
  socket.on("error", () => undefined);
  socket.end(request);
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => socket.on("close", resolve));
  return text;
}

describe("metrics", () => {
  test("[HTTP31] counters are told on this machine, not through a proxy, and to admins", async () => {
    const { url } = await start();
    const get = (headers = {}) => fetch(`${url}/metrics`, { headers });
    expect(await (await get()).text()).toBe("# counters\n");
    const forwarded = { "X-Forwarded-For": "203.0.113.9" };
    expect((await get(forwarded)).status).toBe(401);
    expect((await get({ ...forwarded, ...ADMIN })).status).toBe(200);
  });
});

describe("closing", () => {
  test("[HTTP29] closing answers what is running, then ends every connection", async () => {
    const { url, engine, close } = await startFakeDeployment();
    const [began, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    engine.functions.set("a:slow", async () => {
      began.resolve();
      await finish.promise;
      return "answered";
    });
    const running = post(url, "/api/action", { path: "a:slow", args: {} });
    await began.promise;
    const closing = close();
    finish.resolve();
    expect((await running).json).toEqual({ status: "success", value: "answered" });
    await closing;
    await expect(fetch(`${url}/version`)).rejects.toThrow();
  });
});

describe("malformed requests", () => {
  test("[HTTP5] nothing that is sent stops the server", async () => {
    const { url, siteUrl } = await start(cells);
    const heads = [
      "\r\n\r\n",
      "GET\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET /%zz/%ff HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "GET /api/storage/..%2f..%2fetc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "GET http://[::1/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "GET /api/query?path=%E0%A4%A&args=%7B HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "POST /api/query HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST /api/mutation HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
      "POST /api/mutation HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
      "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
      "CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
      `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      "GET /api/sync HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "GET /api/sync HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: nonsense\r\nSec-WebSocket-Key: x\r\n\r\n",
      "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ];
    for (const head of heads) {
      await raw(url, head);
      await raw(siteUrl, head);
    }
    let seed = 7;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed & 0xff;
    };
    for (let i = 0; i < 100; i++) {
      const bytes = Buffer.from(Array.from({ length: 200 }, random));
      await raw(
        url,
        Buffer.concat([Buffer.from(i % 2 === 0 ? "POST /api/query HTTP/1.1\r\n" : ""), bytes]),
      );
    }
    expect((await post(url, "/api/query", { path: "m:get", args: {} })).status).toBe(200);
  });
});
