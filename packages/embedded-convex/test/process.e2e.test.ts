/** `embedded-convex serve` as a process of its own. */
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { RawClient } from "./raw-client.ts";

const BIN = fileURLToPath(new URL("../bin/embedded-convex.mjs", import.meta.url));
let dir: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "engine-"));
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
});

function run(...args: readonly string[]) {
  return follow(spawn(process.execPath, ["--disable-warning=ExperimentalWarning", BIN, ...args]));
}

function follow(child: ChildProcessWithoutNullStreams) {
  children.push(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    child,
    ended,
    output: () => output,
    url: async () => {
      await expect.poll(() => output, { timeout: 20_000 }).toContain("Admin key in ");
      return /deployment at (\S+),/.exec(output)?.[1] ?? "";
    },
  };
}

const serve = (...more: readonly string[]) =>
  run("serve", "--data", dir, "--port", "0", "--site-port", "0", ...more);

test("[CLI2] it says where the admin key lies, never the key", async () => {
  const server = serve("--instance-name", "my-house");
  const url = await server.url();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
  const path = join(dir, "admin-key");
  const key = readFileSync(path, "utf8").trim();
  expect(key).toMatch(/^my-house\|[0-9a-f]{64}$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(server.output()).toContain(path);
  expect(server.output()).not.toContain(key.split("|")[1]);
  expect(await (await fetch(`${url}/instance_name`)).text()).toBe("my-house");
});

test.each(["SIGTERM", "SIGINT"] as const)("[CLI3] %s ends it cleanly with 0", async (signal) => {
  const server = serve();
  await server.url();
  server.child.kill(signal);
  expect(await server.ended).toBe(0);
  const again = serve();
  await again.url();
});

test("[CLI4] a second process on the same directory is refused, and the first goes on", async () => {
  const first = serve();
  const url = await first.url();
  const second = serve();
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`The data directory ${dir} is in use`);
  expect((await fetch(`${url}/version`)).status).toBe(200);
});

test("[CLI4] a taken port is refused by number", async () => {
  const first = serve();
  const port = new URL(await first.url()).port;
  const other = join(dir, "other");
  const second = run("serve", "--data", other, "--port", port, "--site-port", "0");
  expect(await second.ended).toBe(1);
  expect(second.output()).toContain(`Port ${port} on 127.0.0.1 is in use`);
});

test("[CLI4] after kill -9 the directory opens again", async () => {
  const first = serve();
  await first.url();
  first.child.kill("SIGKILL");
  await first.ended;
  const second = serve();
  const url = await second.url();
  expect((await fetch(`${url}/version`)).status).toBe(200);
});

test("[CLI6] nobody reading its output any more does not stop it", async () => {
  const server = serve();
  const url = await server.url();
  server.child.stdout?.destroy();
  server.child.stderr?.destroy();
  for (let i = 0; i < 3; i++) {
    // refused, which is worth a line in the log
    const client = await RawClient.connect(url, { maxObservedTimestamp: "/////////38=" });
    expect((await client.closed).code).toBe(1011);
  }
  expect((await fetch(`${url}/version`)).status).toBe(200);
});

test("[CLI1] wrong flags end with 2 and their names", async () => {
  const server = run("serve", "--data", dir, "--prot", "3210");
  expect(await server.ended).toBe(2);
  expect(server.output()).toContain("--prot");
});

test("[CLI5] a failed write ends it with 1; what was acknowledged is there, nothing else was shown", async () => {
  // No file may grow beyond 2 MiB, so that a write fails as on a full disk.
  const command = 'ulimit -f 4096; exec "$0" "$@"';
  const args = ["serve", "--data", dir, "--port", "0", "--site-port", "0"];
  const limited = follow(spawn("sh", ["-c", command, process.execPath, BIN, ...args]));
  const url = await limited.url();
  const key = readFileSync(join(dir, "admin-key"), "utf8").trim();
  const headers = { "Content-Type": "application/json", Authorization: `Convex ${key}` };
  const set = async (i: number) => {
    const changes = [{ name: "LAST", value: `${i} ${"x".repeat(8_000)}` }];
    const body = JSON.stringify({ changes });
    const address = `${url}/api/update_environment_variables`;
    return (await fetch(address, { method: "POST", headers, body })).ok;
  };
  let acknowledged = -1;
  while (acknowledged < 2_000 && (await set(acknowledged + 1).catch(() => false))) acknowledged++;
  expect(await limited.ended).toBe(1);
  expect(limited.output()).toContain("The data could not be written");
  expect(acknowledged).toBeGreaterThan(0);

  const again = await serve().url();
  const listed = await fetch(`${again}/api/v1/list_environment_variables`, { headers });
  const { environmentVariables } = (await listed.json()) as {
    environmentVariables: Record<string, string>;
  };
  expect(environmentVariables.LAST?.split(" ")[0]).toBe(String(acknowledged));
});
