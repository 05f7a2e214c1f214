import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { startSim } from "../test/sim-fixture.ts";

const CLI = fileURLToPath(new URL("./cli.ts", import.meta.url));

function run(...args: string[]) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = { text: "" };
  const spoke = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        output.text += data.toString();
        resolve();
      });
    }
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, output, spoke, ended };
}

test("[DCLI1] serve prints its addresses, answers, and saves its state on SIGTERM", async () => {
  const folder = mkdtempSync(join(tmpdir(), "discord-sim-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const state = join(folder, "sim.json");
  const { child, output, spoke, ended } = run("serve", "--port", "0", "--state", state);
  await spoke;
  const [url = ""] = /http:\/\/[\d.:]+/.exec(output.text) ?? [];
  expect(
    (await fetch(`${url}/api/v10/users/@me`, { headers: { Authorization: "Bot sim-bot-token" } }))
      .status,
  ).toBe(200);
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
  expect(JSON.parse(readFileSync(state, "utf8")).guilds).toHaveLength(1);
});

test("[DCLI1] a taken port and a wrong command end with a reason and code 1", async () => {
  const { port } = await startSim();
  const taken = run("serve", "--port", String(port));
  const wrong = run("dance");
  expect(await Promise.all([taken.ended, wrong.ended])).toEqual([1, 1]);
  expect(taken.output.text).toContain("EADDRINUSE");
  expect(wrong.output.text).toContain("Usage:");
});
