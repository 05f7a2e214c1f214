import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundleModules,
  FIXTURES,
  type FunctionApp,
  NOBODY,
  runMutation,
  startFunctionApp,
} from "../../test/function-app.ts";
import { rawModule } from "../../test/raw-functions.ts";
import type { ExecutionRecord, HttpActionResponse, Identity } from "../rooms.ts";

const ROUTER = `
const routes = {};
const on = (path, handler) => { routes[path] = { invokeHttpAction: handler, isHttp: true }; };
export default {
  isRouter: true,
  getRoutes: () => Object.keys(routes).map((path) => [path, "GET", routes[path]]),
  lookup: (path, method) => routes[path] ? [routes[path], method, path] : null,
};
let visits = 0;
on("/visits", async () => new Response(String(visits++)));
on("/identity", async () => Response.json(await call("1.0/getUserIdentity", { requestId: "" }).catch((error) => error.message)));
on("/headers", async (request) => new Response([...request.headers].map(String).join(";"), { headers: [["set-cookie", "a=1"], ["set-cookie", "b=2"]] }));
on("/abort", async (request) => {
  await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
  await call("1.0/actions/mutation", { name: "other:note", args: {} });
  return new Response("late");
});
on("/endless", async () => { for (;;); });
on("/broken", async () => new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array([65])); c.error(new Error("cut")); } })));
on("/whole", async () => new Response("whole"));
on("/slow", async (request) => {
  const reader = request.body.getReader();
  let seen = "";
  for (;;) { const { done, value } = await reader.read(); if (done) return new Response(seen); seen += value.length + ","; }
});
`;

let app: FunctionApp;
let raw: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  raw = await startFunctionApp();
  await app.deploy(await bundleModules(`${FIXTURES}functions/convex`));
  await raw.deploy([
    rawModule("http.js", ROUTER),
    rawModule(
      "other.js",
      `export const note = mutation(() => call("1.0/insert", { table: "notes", value: {} }));
      export const count = mutation(() => call("1.0/count", { table: "notes" }));`,
    ),
  ]);
  await Promise.all([app.room.prepare(), raw.room.prepare()]);
}, 20_000);

afterAll(async () => {
  await Promise.all([app.close(), raw.close()]);
});

interface RequestOptions {
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: AsyncIterable<Uint8Array>;
  readonly identity?: Identity;
  readonly signal?: AbortSignal;
}

function send(
  target: FunctionApp,
  path: string,
  options: RequestOptions = {},
): Promise<HttpActionResponse> {
  return target.room.httpAction({
    method: options.method ?? "GET",
    url: `http://127.0.0.1:3211${path}`,
    headers: options.headers ?? [],
    body: options.body ?? null,
    request: { ...NOBODY, identity: options.identity ?? NOBODY.identity },
    signal: options.signal ?? new AbortController().signal,
  });
}

async function textOf({ body }: HttpActionResponse): Promise<string> {
  if (body === null || body instanceof Uint8Array) return Buffer.from(body ?? []).toString();
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

describe("http actions", () => {
  test("[ACT20] request and response pass with method, path, headers and bodies", async () => {
    const response = await send(app, "/echo?a=1", {
      method: "POST",
      headers: [["X-Sent", "yes"]],
      body: pieces("hel", "lo"),
    });
    expect(response.status).toBe(201);
    expect(response.headers).toContainEqual(["x-seen", "yes"]);
    expect(await textOf(response)).toBe("POST /echo hello");
  });

  test("[ACT20] a body of a declared short length arrives whole, an empty one too", async () => {
    const post = (text: string) =>
      send(app, "/echo?a=1", {
        method: "POST",
        headers: [["Content-Length", String(text.length)]],
        body: pieces(...text),
      });
    expect(await textOf(await post("hello"))).toBe("POST /echo hello");
    expect(await textOf(await post(""))).toBe("POST /echo ");
  });

  test("[ACT20] a short body that breaks off fails the request before the function runs", async () => {
    const broken = async function* () {
      yield new TextEncoder().encode("he");
      throw new Error("gone");
    };
    const request = send(app, "/echo?a=1", {
      method: "POST",
      headers: [["content-length", "5"]],
      body: broken(),
    });
    await expect(request).rejects.toThrow("gone");
  });

  test("[ACT21] routes are exact or by prefix; the rest is not found", async () => {
    expect(await textOf(await send(app, "/messages/any/thing"))).toBe("[]");
    const missing = await send(app, "/nothing");
    expect([missing.status, await textOf(missing)]).toEqual([404, "No matching routes found"]);
  });

  test("[ACT22] without a router there are no HTTP actions", async () => {
    const bare = await startFunctionApp();
    await bare.deploy([rawModule("other.js", "export const x = query(() => 1);")]);
    const response = await send(bare, "/");
    expect([response.status, await textOf(response)]).toEqual([
      404,
      "This Convex deployment does not have HTTP actions enabled.",
    ]);
    await bare.close();
  });

  test("[ACT23] an error before the head is a 500 with code and trace", async () => {
    const response = await send(app, "/boom");
    expect(response.status).toBe(500);
    expect(JSON.parse(await textOf(response))).toEqual({
      code: "[Request ID: 0123456789abcdef] Server Error: Uncaught Error: boom",
      trace: "    at ../convex/http.ts:42:11\n",
    });
    expect(await textOf(await send(app, "/wrong"))).toContain(
      "HTTP actions must return a Response",
    );
  });

  test("[ACT24] bodies stream piece by piece, both ways", async () => {
    expect(await textOf(await send(app, "/stream"))).toBe("0;1;2;");
    const upload = await send(raw, "/slow", { method: "POST", body: pieces("a", "bb", "ccc") });
    expect(await textOf(upload)).toBe("1,2,3,");
    await expect(textOf(await send(raw, "/broken"))).rejects.toThrow("cut");
  });

  test("[ACT25] headers keep their repeats", async () => {
    const response = await send(raw, "/headers", {
      headers: [
        ["x-a", "1"],
        ["x-a", "2"],
      ],
    });
    expect(response.headers.filter(([name]) => name === "set-cookie")).toEqual([
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ]);
    expect(await textOf(response)).toContain("x-a,1, 2");
  });

  test("[ACT26] no request sees what another one left in the modules", async () => {
    for (let request = 0; request < 3; request++) {
      expect(await textOf(await send(raw, "/visits"))).toBe("0");
    }
  });

  test("[ACT27] a token that did not verify does not fail the request, only reading the identity", async () => {
    const unknown = { kind: "unknown", error: "Could not verify" } as const;
    expect(await textOf(await send(raw, "/identity", { identity: unknown }))).toBe(
      '"Could not verify"',
    );
    expect(await textOf(await send(raw, "/identity"))).toBe("null");
  });

  test("[ACT28] a client that goes away aborts the request's signal", async () => {
    const client = new AbortController();
    const answer = send(raw, "/abort", { signal: client.signal });
    await textOf(await send(raw, "/visits"));
    client.abort();
    expect(await textOf(await answer)).toBe("late");
    expect(await runMutation(raw, "other:count")).toBe(1);
  });

  test("[ACT28] a function has ended when nobody asks for the end of its response", async () => {
    const ended = Promise.withResolvers<ExecutionRecord>();
    raw.onRecord.push((record) => {
      if (record.identifier === "GET /whole") ended.resolve(record);
    });
    const { body } = await send(raw, "/whole");
    for await (const _ of body ?? []) break;
    expect(await ended.promise).toMatchObject({ kind: "Completion", error: null });
  });

  test("[ACT29] a handler that never ends does not hold up the next request", async () => {
    void send(raw, "/endless");
    expect(await textOf(await send(raw, "/visits"))).toBe("0");
  }, 20_000);
});
