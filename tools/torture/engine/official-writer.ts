/** Writes through the official client, which repeats by itself what was not answered. */
import { ConvexClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import { type Writer, type WriterDoors, writeArgs } from "./writers.ts";

const WRITE = makeFunctionReference<"mutation">("ledger:write");
const SEE = makeFunctionReference<
  "query",
  Record<string, never>,
  { writer: string; last: number }[]
>("ledger:writers");

export function startOfficialWriter(name: string, doors: WriterDoors): Writer {
  const { deployment, findings, witness } = doors;
  const client = new ConvexClient(deployment.url, { unsavedChangesWarning: false, logger: false });
  client.onUpdate(SEE, {}, (rows) => {
    for (const { writer, last } of rows) witness.shown(writer, last);
  });
  let isEnding = false;
  const running = (async () => {
    for (let n = 1; !isEnding; n++) {
      witness.sent(name, n);
      try {
        await client.mutation(WRITE, writeArgs(name, n, doors));
        witness.acknowledged(name, n);
      } catch (error) {
        findings.add("torn", `${name}: ${error}`);
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
      void client.close();
    },
  };
}
