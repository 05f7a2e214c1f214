/**
 * A process that commits as fast as it can and prints each id once it is durable.
 * Arguments: the data directory. It never ends by itself.
 */
import { randomBytes } from "node:crypto";
import { systemClock } from "../src/clock.ts";
import { openDatabase } from "../src/database/database.ts";

const database = await openDatabase({
  dir: process.argv[2] ?? "",
  clock: systemClock(),
  logger: () => undefined,
  random: randomBytes,
});

async function write(writer: number): Promise<void> {
  for (let n = 0; ; n++) {
    const tx = database.begin();
    const first = tx.insert("pairs", { writer, n });
    const second = tx.insert("pairs", { writer, n });
    const { ts, durable } = database.commit(tx, { source: null });
    await durable;
    process.stdout.write(`${first} ${second} ${ts}\n`);
  }
}

process.stdout.write("ready\n");
await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(write));
