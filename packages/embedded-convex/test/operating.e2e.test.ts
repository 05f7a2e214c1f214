/** What an operator sees of the engine, as a process of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { RawClient } from "./raw-client.ts";

const BIN = fileURLToPath(new URL("../bin/embedded-convex.mjs", import.meta.url));
let place: string;
let data: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "operating-"));
  data = join(place, "data");
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(place, { recursive: true, force: true });
});

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", BIN, ...args], {
    env: { ...process.env, ...environment },
  });
  children.push(child);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text) => {
    stdout += String(text);
  });
  child.stderr.on("data", (text) => {
    stderr += String(text);
  });
  return {
    child,
    ended: new Promise<number | null>((resolve) => child.once("close", resolve)),
    stdout: () => stdout,
    stderr: () => stderr,
    events: () => stderr.trimEnd().split("\n").map(parsedLine),
  };
}

const parsedLine = (line: string): Record<string, unknown> => JSON.parse(line);
const PORTS = ["--port", "0", "--site-port", "0"];

/** With JSON logs, once it has started. */
async function serve(...more: readonly string[]) {
  const server = run(["serve", "--data", data, ...PORTS, "--log-format", "json", ...more]);
  await expect.poll(server.stderr, { timeout: 20_000 }).toContain('"engine.started"');
  const { url } = server.events().find(({ event }) => event === "engine.started") ?? {};
  return { ...server, url: String(url) };
}

const adminHeaders = (dir = data) => {
  const key = readFileSync(join(dir, "admin-key"), "utf8").trim();
  return { "Content-Type": "application/json", Authorization: `Convex ${key}` };
};
async function setVariable(url: string, name: string, value: string) {
  const response = await fetch(`${url}/api/update_environment_variables`, {
    method: "POST",
    headers: adminHeaders(),
    body: JSON.stringify({ changes: [{ name, value }] }),
  });
  expect(response.status).toBe(200);
}
async function variables(url: string, dir = data) {
  const headers = adminHeaders(dir);
  const listed = await fetch(`${url}/api/v1/list_environment_variables`, { headers });
  return ((await listed.json()) as { environmentVariables: Record<string, string> })
    .environmentVariables;
}

describe("its log", () => {
  test("[OPLOG1] every line on stderr is one JSON object from the first to the last", async () => {
    const server = await serve("--log-level", "debug");
    const client = await RawClient.connect(server.url, { maxObservedTimestamp: "/////////38=" });
    await client.closed;
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    const events = server.events();
    for (const { time, level } of events) {
      expect(new Date(String(time)).toISOString()).toBe(time);
      expect(level).toMatch(/^(debug|info|warn|error)$/);
    }
    expect(events.map(({ event }) => event)).toEqual([
      "engine.started",
      "sync.client_ahead",
      "engine.stopping",
      "engine.stopped",
    ]);
    expect(server.stdout()).toBe("");
  });

  test("[OPLOG3] no key, token, variable or argument shows in it", async () => {
    const server = await serve("--log-level", "debug");
    const { url } = server;
    const secret = "hush5ecret0123456789abcdef";
    const jwt = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from(JSON.stringify({ sub: secret })).toString("base64url")}.${secret}`;
    await setVariable(url, "SECRET_VALUE", secret);
    const call = { path: `missing:${secret}`, args: { secret }, format: "json" };
    for (const authorization of [`Bearer ${jwt}`, `Convex i|${secret}`, secret]) {
      for (const path of ["/api/query", "/api/mutation", `/api/storage/upload?token=${secret}`]) {
        await fetch(url + path, {
          method: "POST",
          headers: { "Content-Type": "application/json", Authorization: authorization },
          body: JSON.stringify(call),
        });
      }
    }
    await fetch(`${url}/http/x?secret=${secret}`);
    server.child.kill("SIGTERM");
    expect(await server.ended).toBe(0);
    const said = server.stdout() + server.stderr();
    expect(said).not.toContain(secret);
    expect(said).not.toContain(adminHeaders().Authorization.split("|")[1]);
  });
});

describe("its health", () => {
  const stateAt = async (url: string, path: string) => {
    const response = await fetch(url + path);
    return [response.status, ((await response.json()) as { state: string }).state];
  };

  test("[HTTP34] ready once it has started, not while it drains; healthy all along", async () => {
    const server = await serve("--drain-seconds", "2");
    expect(await stateAt(server.url, "/ready")).toEqual([200, "ready"]);
    expect(await stateAt(server.url, "/health")).toEqual([200, "ready"]);
    const client = await RawClient.connect(server.url);
    server.child.kill("SIGTERM");
    await expect.poll(() => stateAt(server.url, "/ready")).toEqual([503, "draining"]);
    expect(await stateAt(server.url, "/health")).toEqual([200, "draining"]);
    await setVariable(server.url, "STILL", "answered"); // whoever comes is served until the end
    await client.closed;
    expect(await server.ended).toBe(0);
  });
});

describe("data it cannot use", () => {
  const refused = async () => {
    const server = run(["serve", "--data", data, ...PORTS, "--log-format", "json"]);
    const code = await server.ended;
    const [last] = server.events().slice(-1);
    return { code, event: last?.event, reason: last?.code, message: last?.message };
  };
  const closed = async () => {
    const server = await serve();
    server.child.kill("SIGTERM");
    await server.ended;
  };

  test("[CLI4] damaged data ends it with 3 and says what to do", async () => {
    await closed();
    truncateSync(join(data, "data.sqlite"), 10_000);
    expect(await refused()).toEqual({
      code: 3,
      event: "engine.start_failed",
      reason: "DataDamaged",
      message: expect.stringContaining("embedded-convex restore"),
    });
    const human = run(["serve", "--data", data, ...PORTS]);
    expect(await human.ended).toBe(3);
    expect(human.stderr()).toMatch(/^\S+data\.sqlite is damaged: /);
  });

  test("[CLI4] data of a newer version ends it with 4", async () => {
    await closed();
    const sqlite = new DatabaseSync(join(data, "data.sqlite"));
    sqlite.exec("PRAGMA user_version = 7");
    sqlite.close();
    expect(await refused()).toMatchObject({ code: 4, reason: "DataFromOtherVersion" });
  });
});

test("[CONF1] it runs by variables alone", async () => {
  const server = run(["serve"], {
    EMBEDDED_CONVEX_DATA: data,
    EMBEDDED_CONVEX_PORT: "0",
    EMBEDDED_CONVEX_SITE_PORT: "0",
    EMBEDDED_CONVEX_INSTANCE_NAME: "by-variable",
  });
  await expect.poll(server.stdout, { timeout: 20_000 }).toContain("Admin key in ");
  expect(readFileSync(join(data, "admin-key"), "utf8")).toMatch(/^by-variable\|/);
});

test("[CONF2] a wrong variable ends it with 2 and its name", async () => {
  const server = run(["serve", "--data", data], { EMBEDDED_CONVEX_PORT: "high" });
  expect(await server.ended).toBe(2);
  expect(server.stderr()).toContain('EMBEDDED_CONVEX_PORT must be a port number, got "high"');
});

test("[CONF3] --version and --help go to stdout", async () => {
  const version = run(["--version"]);
  expect(await version.ended).toBe(0);
  expect(version.stdout()).toMatch(/^embedded-convex \d+\.\d+\.\d+ \(Convex 1\.\d+\.\d+\)\n$/);
  const help = run(["--help"]);
  expect(await help.ended).toBe(0);
  expect(help.stdout()).toContain("embedded-convex backup --data DIR --to DIR");
});

test("[BACKUP1] a backup of the running engine starts as the same deployment elsewhere", async () => {
  const server = await serve();
  await setVariable(server.url, "KEPT", "before the backup");
  const backup = run(["backup", "--data", data, "--to", join(place, "backup")]);
  expect(await backup.ended).toBe(0);
  await setVariable(server.url, "KEPT", "after the backup");
  expect((await variables(server.url)).KEPT).toBe("after the backup");

  const elsewhere = join(place, "elsewhere");
  const restore = run(["restore", "--from", join(place, "backup"), "--data", elsewhere]);
  expect(await restore.ended).toBe(0);
  expect(restore.stdout()).toMatch(/^Restored commit \d+ with \d+ documents and 0 stored files/);
  const second = run(["serve", "--data", elsewhere, ...PORTS]);
  await expect.poll(second.stdout, { timeout: 20_000 }).toContain("Admin key in ");
  const url = /deployment at (\S+),/.exec(second.stdout())?.[1] ?? "";
  expect((await variables(url, elsewhere)).KEPT).toBe("before the backup");
});
