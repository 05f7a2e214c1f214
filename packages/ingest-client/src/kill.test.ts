import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { acceptAll, startIngestServer } from "../test/ingest-server.ts";
import { openFileOutbox } from "./file-outbox.ts";
import { IngestClient } from "./ingest-client.ts";

const KILLED_AFTER = [1, 40, 150]; // events that a life called safe

test("[FILE1] a sender that is killed again and again sends all it called safe, in order", {
  timeout: 30_000,
}, async () => {
  await using server = await startIngestServer();
  const directory = await mkdtemp(join(tmpdir(), "killed-"));
  const path = join(directory, "outbox.ndjson");
  const safe: string[] = [];
  for (const [life, lines] of KILLED_AFTER.entries()) {
    server.replies.push({ status: 503, body: {} }, (events) => ({
      status: 200,
      body: acceptAll(events),
    }));
    safe.push(...(await runUntilKilled([path, server.siteUrl, `life${life}`], lines)));
  }
  const outbox = await openFileOutbox(path);
  await new IngestClient({ siteUrl: server.siteUrl, token: "source-token", outbox }).flush();
  await outbox.close();
  await rm(directory, { recursive: true });
  const arrived = [...new Set(server.batches.flat().map(({ messageId }) => messageId))];
  expect(arrived).toEqual(expect.arrayContaining(safe));
  expect(arrived.filter((id) => safe.includes(id))).toEqual(safe);
});

/** What the process printed until it was killed after that many lines. */
async function runUntilKilled(args: string[], lines: number): Promise<string[]> {
  const script = new URL("../test/send-until-killed.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const printed: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(line);
    if (printed.length === lines) child.kill("SIGKILL");
  }
  await ended;
  return printed;
}
