import { spawn } from "node:child_process";
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

test("[PCLI1] serve takes its config as JSON, prints its addresses, answers, and ends on SIGTERM", async () => {
  const config = { stripe: { secretKey: "sk_test_mine", products: [{ name: "Mine", plans: [] }] } };
  const { child, output, spoke, ended } = run(
    "serve",
    "--port",
    "0",
    "--config",
    JSON.stringify(config),
  );
  await spoke;
  const [url = ""] = /http:\/\/[\d.:]+/.exec(output.text) ?? [];
  const headers = { authorization: "Bearer sk_test_mine" };
  const answer = await fetch(`${url}/v1/products`, { headers });
  expect(await answer.json()).toMatchObject({ data: [{ name: "Mine" }] });
  child.kill("SIGTERM");
  expect(await ended).toBe(0);
});

test("[PCLI1] a taken port, a wrong command and an unknown setting end with a reason and code 1", async () => {
  const { port } = await startSim();
  const runs = [
    run("serve", "--port", String(port)),
    run("dance"),
    run("serve", "--config", '{"strype": {}}'),
  ];
  expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual([1, 1, 1]);
  const [taken, wrong, unknown] = runs.map(({ output }) => output.text);
  expect(taken).toContain("EADDRINUSE");
  expect(wrong).toContain("Usage:");
  expect(unknown).toContain('no setting "strype"');
});
