/**
 * Loaded into the engine's process (`node --import file:///.../probe.ts?port=N`): tells on
 * that port how late events are on the main thread's loop, and how much memory the
 * process holds.
 *
 *   GET /start   forgets what was seen
 *   GET /read    { lateMs, rssMB }
 *
 * Lateness is what an event that became due at a random moment would have waited. One
 * stall of 100 ms therefore counts as twenty late ticks, not as a single slow one.
 */
import { createServer } from "node:http";
import { isMainThread } from "node:worker_threads";

const TICK_MS = 5;

export interface Probed {
  /** Of every tick since `/start`. */
  readonly lateMs: readonly number[];
  readonly rssMB: number;
}

function watch(port: number): void {
  let lateMs: number[] = [];
  let dueMs = performance.now() + TICK_MS;
  setInterval(() => {
    const nowMs = performance.now();
    for (; dueMs <= nowMs; dueMs += TICK_MS) lateMs.push(nowMs - dueMs);
  }, TICK_MS).unref();
  const server = createServer((request, response) => {
    if (request.url === "/start") {
      lateMs = [];
      response.end("{}");
      return;
    }
    const probed: Probed = { lateMs, rssMB: process.memoryUsage.rss() / 2 ** 20 };
    response.end(JSON.stringify(probed));
  });
  server.listen(port, "127.0.0.1");
  server.unref();
}

// Worker threads load it too.
if (isMainThread) watch(Number(new URL(import.meta.url).searchParams.get("port")));
