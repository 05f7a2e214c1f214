/** Actions that run wild: what becomes of them, and that nobody else notices. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  callOf,
  type FunctionApp,
  runAction,
  runQuery,
  startFunctionApp,
} from "../../../test/function-app.ts";
import { ManualClock } from "../../../test/manual-clock.ts";
import { rawModule } from "../../../test/raw-functions.ts";

const MODULE = `
export const endless = action(() => { console.log("begun"); for (;;); });
export const quick = action(() => "quick");
export const look = query(() => "seen");
export const note = mutation(({ n }) => call("1.0/insert", { table: "notes", value: { n } }));
export const count = query(() => call("1.0/count", { table: "notes" }));
export const eager = action(() => {
  for (let i = 0; i < 20_000; i++) void call("1.0/actions/query", { name: "raw:look", args: {} });
});
export const busy = action(async ({ n }) => {
  await call("1.0/actions/mutation", { name: "raw:note", args: { n } });
  const names = await Promise.all(["query", "action"].map((type) =>
    call("1.0/actions/" + type, { name: type === "query" ? "raw:look" : "raw:quick", args: {} })));
  return [n, ...names];
});
export const many = action(() => Promise.all(Array.from({ length: 500 }, () => call("1.0/actions/query", { name: "raw:look", args: {} }))).then((all) => all.length));
export const echo = action(({ text }) => text.length);
export const large = action(({ length }) => "x".repeat(length));
export const gets = action(async ({ url }) => (await fetch(url)).text());
export const leaves = action(async ({ url }) => { void fetch(url).catch(() => {}); await new Promise((resolve) => setTimeout(resolve, 100)); });
`;
const NODE_MODULE = `
import { exit } from "node:process";
import common, { named } from "common-package";
import esm, { value } from "import-only-package";
import { sub } from "import-only-package/sub";
const wrap = (handler) => Object.assign(() => {}, {
  isAction: true, isPublic: true, invokeAction: async () => JSON.stringify((await handler()) ?? null),
  exportArgs: () => '{"type":"any"}', exportReturns: () => 'null',
});
export const imports = wrap(async () => [common.named, named, esm(), value, sub, (await import("common-package")).named]);
export const exits = wrap(() => exit(0));
`;

let app: FunctionApp;
let projectRoot: string;

/** A project with packages of each kind in its node_modules. */
function writeProject(): string {
  const root = mkdtempSync(join(tmpdir(), "project-"));
  const write = (path: string, text: string) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  write("node_modules/common-package/index.js", `exports.named = "named";`);
  const exported = { ".": { import: "./index.mjs" }, "./sub": { import: "./sub.mjs" } };
  const manifest = JSON.stringify({ name: "import-only-package", exports: exported });
  write("node_modules/import-only-package/package.json", manifest);
  write(
    "node_modules/import-only-package/index.mjs",
    `export default () => "default"; export const value = 1;`,
  );
  write("node_modules/import-only-package/sub.mjs", `export const sub = "sub";`);
  return root;
}

beforeAll(async () => {
  projectRoot = writeProject();
  app = await startFunctionApp({ projectRoot });
  await app.deploy([
    rawModule("raw.js", MODULE),
    { path: "node.js", source: NODE_MODULE, sourceMap: null, environment: "node" },
  ]);
  await app.room.prepare();
}, 20_000);
afterAll(async () => {
  await app.close();
  rmSync(projectRoot, { recursive: true, force: true });
});

test("[ACT31] modules for Node import packages of the project, for require and for import", async () => {
  expect(await runAction(app, "node:imports")).toEqual([
    "named",
    "named",
    "default",
    1,
    "sub",
    "named",
  ]);
});

test("[ACT32] an action that ends its thread fails, and nothing else does", async () => {
  const outcomes = await Promise.all(
    ["node:exits", "raw:quick", "node:exits"].map((path) => app.room.action(callOf(path))),
  );
  const lost = { ok: false, failure: { text: "Transient error while executing action\n" } };
  expect(outcomes).toMatchObject([lost, { ok: true }, lost]);
  expect(await runAction(app, "raw:quick")).toBe("quick");
});

test("[ACT12] more endless loops than there are workers do not keep others from beginning", async () => {
  const wild = await startFunctionApp();
  await wild.deploy([rawModule("raw.js", MODULE)]);
  const loops = Array.from({ length: 10 }, () => wild.room.action(callOf("raw:endless")));
  expect(await Promise.all([0, 1, 2].map(() => runAction(wild, "raw:quick")))).toEqual([
    "quick",
    "quick",
    "quick",
  ]);
  expect(await runQuery(wild, "raw:look")).toBe("seen");
  await wild.close();
  for (const loop of loops) expect((await loop).ok).toBe(false);
}, 60_000);

test("[ACT14] an endless loop is ended with its thread after 600 seconds", async () => {
  const clock = new ManualClock();
  const timed = await startFunctionApp({ clock });
  await timed.deploy([rawModule("raw.js", MODULE)]);
  const begun = Promise.withResolvers<void>();
  timed.onRecord.push(() => begun.resolve());
  const outcome = timed.room.action(callOf("raw:endless"));
  await begun.promise;
  clock.advance(600_000);
  expect(await outcome).toMatchObject({
    ok: false,
    failure: { text: "Function execution timed out (maximum duration: 600s)\n" },
  });
  expect(timed.room.stats().actions.running).toBe(1);
  clock.advance(1_000);
  await expect.poll(() => timed.room.stats().actions.running).toBe(0);
  expect(await runAction(timed, "raw:quick")).toBe("quick");
  await timed.close();
}, 20_000);

test("[ACT33] an action has at most 64 calls under way, however many it makes", async () => {
  app.records.length = 0;
  const { logLines } = await app.room.action(callOf("raw:eager"));
  expect(logLines[0]).toContain("20000 unawaited operation(s)");
  const ran = app.records.filter(({ identifier }) => identifier === "raw:look");
  expect(ran.length).toBeLessThanOrEqual(64);
  expect(await runAction(app, "raw:many")).toBe(500);
});

test("[ACT34] a hundred actions at once each read, write and call", async () => {
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, n) => runAction(app, "raw:busy", { n })),
  );
  expect(results).toEqual(Array.from({ length: 100 }, (_, n) => [n, "seen", "quick"]));
  expect(await runQuery(app, "raw:count")).toBe(100);
}, 30_000);

test("[ACT11] arguments and results may have 16 MiB", async () => {
  const most = 16 * 1024 * 1024 - 100;
  expect(await runAction(app, "raw:echo", { text: "x".repeat(most) })).toBe(most);
  expect(String(await runAction(app, "raw:large", { length: most }))).toHaveLength(most);
  await expect(runAction(app, "raw:echo", { text: "x".repeat(most + 200) })).rejects.toThrow(
    "too large",
  );
  await expect(runAction(app, "raw:large", { length: most + 200 })).rejects.toThrow("too large");
}, 30_000);

test("[ACT2] an action fetches, and a fetch it leaves behind ends with it", async () => {
  const ended = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    if (request.url === "/text") response.end("fetched");
    else request.on("close", () => ended.resolve());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  expect(await runAction(app, "raw:gets", { url: `${url}/text` })).toBe("fetched");
  const outcome = await app.room.action(callOf("raw:leaves", { url: `${url}/never` }));
  expect(outcome.logLines[0]).toContain("1 unawaited operation(s): [fetch]");
  await ended.promise;
  server.closeAllConnections();
  server.close();
});
