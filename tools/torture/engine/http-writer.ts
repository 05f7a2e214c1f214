/**
 * Writes over HTTP, which has no way to tell a repeat: what was not answered may be there
 * or not, and is never sent again. Reads its own writes.
 */
import { call, FunctionFailedError, pause } from "./http-door.ts";
import { type Writer, type WriterDoors, writeArgs } from "./writers.ts";

const RETRY_MS = 25;

export function startHttpWriter(name: string, doors: WriterDoors): Writer {
  const { deployment, findings, witness } = doors;
  let isEnding = false;
  const writeOnce = async (n: number) => {
    witness.sent(name, n);
    await call(deployment, "mutation", "ledger:write", writeArgs(name, n, doors));
    witness.acknowledged(name, n);
    const rows = await call<{ writer: string; last: number }[]>(
      deployment,
      "query",
      "ledger:writers",
    );
    for (const { writer, last } of rows) witness.shown(writer, last);
    const mine = rows.find(({ writer }) => writer === name)?.last ?? 0;
    if (mine < n) findings.add("lost", `${name} wrote ${n} and then read ${mine}`);
  };
  const running = (async () => {
    for (let n = 1; !isEnding; n++) {
      try {
        await writeOnce(n);
      } catch (error) {
        if (error instanceof FunctionFailedError) findings.add("torn", `${name}: ${error.message}`);
        await pause(RETRY_MS); // the engine is down
      }
    }
  })();
  return {
    settle: () => {
      isEnding = true;
      return running;
    },
    close: () => {
      isEnding = true;
    },
  };
}
