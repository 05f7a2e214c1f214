/** Runs one task of `database-process.ts` to its end. */
import { type BenchProcess, forkBench } from "../bench-process.ts";
import type { DatabaseAnswer, IdsMessage, Paces } from "./database-messages.ts";
import type { Found } from "./find-touched.ts";

interface Answers {
  reads: Paces;
  commits: Paces;
  find: Found;
}

/** The engine of `dir` must be stopped. */
export async function inDatabaseProcess<K extends keyof Answers>(
  task: K,
  dir: string,
  ids: readonly string[],
): Promise<Answers[K]> {
  const module = new URL("./database-process.ts", import.meta.url);
  const process: BenchProcess<DatabaseAnswer, IdsMessage> = forkBench(module, task, dir);
  process.send({ kind: "ids", ids });
  const { answer } = await process.nextOf("done");
  return answer as Answers[K];
}
