/**
 * Ends what `npm start` could not end itself: when it is killed or crashes, its
 * parts would go on in process groups of their own, holding ports and data.
 *
 * A process of its own, in a session of its own. Its standard input is a pipe from
 * `npm start`: a line `12` means that group 12 runs, `-12` that it has ended. The
 * end of the pipe is the end of `npm start`, however that came.
 */
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const GRACE_MS = 10_000; // what a part gets to stop in order, as in `npm start` itself
const LOOK_MS = 50;

const groups = new Set<number>();
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const pid = Number(line);
  if (pid > 0) groups.add(pid);
  else groups.delete(-pid);
});
lines.on("close", () => void endAll());

async function endAll(): Promise<void> {
  const deadlineMs = performance.now() + GRACE_MS;
  for (const group of groups) signal(group, "SIGTERM");
  while ([...groups].some((group) => signal(group, 0)) && performance.now() < deadlineMs) {
    await sleep(LOOK_MS);
  }
  for (const group of groups) signal(group, "SIGKILL");
}

/** False when the group is gone. Signal 0 only asks. */
function signal(group: number, kind: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, kind);
  } catch {
    return false;
  }
}
