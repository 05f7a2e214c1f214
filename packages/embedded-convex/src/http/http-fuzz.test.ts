/** Requests with mutated bodies, encodings and headers against the whole engine, in bulk. */
import { brotliCompressSync, constants, deflateSync, gzipSync } from "node:zlib";
import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  hostileText,
  hostileValue,
  jsonText,
  mutatedBytes,
  mutatedJson,
} from "../../test/fuzz/hostile.ts";
import { type PushedEngine, startPushedEngine } from "../../test/pushed-engine.ts";
import { type Random, rounds, seededRandom, seeds } from "../../test/seeds.ts";

const REQUESTS = 300;
const AT_ONCE = 10;
const PROMPT_MS = 5_000; // a request that takes longer hangs
const MIB = 1024 * 1024;

let pushed: PushedEngine;
beforeAll(async () => {
  pushed = await startPushedEngine("disorder");
}, 60_000);
afterAll(() => pushed.remove());

/** Bodies that are right, to be spoilt. */
const BODIES: Readonly<Record<string, JSONValue>> = {
  "/api/query": { path: "secrets:never", args: {}, format: "json" },
  "/api/mutation": { path: "secrets:turn", args: [{ name: "x", on: true }] },
  "/api/action": { path: "ledger:viaAction", args: {} },
  "/api/function": { path: "secrets:never", args: {} },
  "/api/run/secrets/anything": { args: { value: [1, { $integer: "AAAAAAAAAAA=" }] } },
  "/api/run/secrets%3Aanything/%zz": { args: {} },
  "/api/query_ts": {},
  "/api/query_at_ts": { path: "secrets:never", args: {}, ts: "AAAAAAAAAAA=" },
  "/api/query_batch": { queries: [{ path: "secrets:always", args: {} }] },
  "/api/storage/upload?token=1.x": null,
  "/api/deploy2/start_push": { adminKey: "x", functions: "convex/", appDefinition: {} },
  "/api/update_environment_variables": { changes: [{ name: "JWKS", value: "stolen" }] },
  "/api/import/start_upload": {},
  "/api/export/request/zip": {},
  "/api/sync": {},
  "/http/nothing": { a: 1 },
};

const COMPRESSORS = { br: brotliCompressSync, gzip: gzipSync, deflate: deflateSync } as const;

/** Undamaged, truncated, or called something else than it is. */
function encoded(text: string, random: Random): { body: Buffer; encoding: string | null } {
  const encoding = random.pick([null, null, null, "br", "gzip", "deflate", "identity", "x-other"]);
  const compress = encoding !== null && encoding in COMPRESSORS && !random.oneIn(4);
  const name = encoding === "br" || encoding === "gzip" ? encoding : "deflate";
  const body = compress ? COMPRESSORS[name](text) : Buffer.from(text);
  return { body: random.oneIn(6) ? mutatedBytes(body, random) : body, encoding };
}

function headersOf(random: Random, encoding: string | null): Record<string, string> {
  const types = [
    "application/json",
    "application/json",
    "application/JSON; charset=x",
    "text/plain",
  ];
  const printable = hostileText(random)
    .replace(/[^\x20-\x7e]/g, "")
    .slice(0, 200);
  const credentials = random.pick([null, null, null, "Bearer ", "Convex ", "Basic "]);
  const optional: Record<string, string | null> = {
    "Content-Encoding": encoding,
    Authorization: credentials === null ? null : `${credentials}${printable}`,
    "Convex-Client": random.oneIn(8) ? printable : null,
    "Convex-Request-Id": random.oneIn(8) ? printable : null,
    Origin: random.oneIn(8) ? printable : null,
    Range: random.oneIn(8) ? `bytes=${printable}` : null,
    Digest: random.oneIn(8) ? `sha-256=${printable}` : null,
  };
  const chosen = Object.entries(optional).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, value]],
  );
  return { "Content-Type": types[random.below(4)] ?? "", ...Object.fromEntries(chosen) };
}

async function attack(random: Random): Promise<number> {
  const paths = Object.keys(BODIES);
  const path = paths[random.below(paths.length)] ?? "";
  const base = BODIES[path] ?? null;
  const text = random.oneIn(4) ? jsonText(hostileValue(random)) : mutatedJson(base, random);
  const { body, encoding } = encoded(random.oneIn(5) ? JSON.stringify(base) : text, random);
  const method = random.pick(["POST", "POST", "POST", "PUT", "GET"]);
  const query = `?args=${encodeURIComponent(text.slice(0, 1_000).toWellFormed())}&path=secrets:anything`;
  const url = `${pushed.engine.url}${path}${method === "GET" ? query : ""}`;
  const response = await fetch(url, {
    method,
    headers: headersOf(random, encoding),
    signal: AbortSignal.timeout(PROMPT_MS),
    ...(method === "GET" ? {} : { body: new Uint8Array(body) }),
  });
  const answer = await response.text();
  expect([path, method, response.status, answer]).not.toContain(500);
  if (response.status >= 400 && !path.startsWith("/http")) {
    expect(JSON.parse(answer)).toMatchObject({ code: expect.any(String) });
  }
  return response.status;
}

test.each(seeds(5))(
  "[HTTP32] mutated requests are refused with a code or answered, promptly, and never unforeseen (seed %i)",
  async (seed) => {
    const random = seededRandom(seed);
    const statuses = new Map<number, number>();
    for (let i = 0; i < REQUESTS; i += AT_ONCE) {
      const group = Array.from({ length: AT_ONCE }, () => attack(random));
      for (const status of await Promise.all(group)) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
    expect(statuses.get(200) ?? 0).toBeGreaterThan(REQUESTS / 30);
    expect(statuses.get(400) ?? 0).toBeGreaterThan(REQUESTS / 10);
    expect(pushed.complaints).toEqual([]);
  },
  30_000 * rounds(),
);

test("[HTTP1] a bomb is refused without being blown up, whoever sends it", async () => {
  const zeros = Buffer.alloc(64 * MIB);
  const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };
  const bombs = [
    ["br", brotliCompressSync(zeros, quick), 413],
    ["gzip", gzipSync(zeros), 413],
    ["deflate", deflateSync(zeros), 413],
    ["gzip", gzipSync(gzipSync(zeros)), 400], // one layer is undone, which is no JSON
  ] as const;
  for (const [encoding, body, status] of bombs) {
    const send = (path: string) =>
      fetch(`${pushed.engine.url}${path}`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Content-Encoding": encoding },
        body: new Uint8Array(body),
      });
    expect((await send("/api/query")).status).toBe(status);
    // Where 128 MiB are allowed, strangers are refused before anything is read.
    expect((await send("/api/deploy2/start_push")).status).toBe(403);
  }
}, 20_000);
