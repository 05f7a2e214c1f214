/** The process that holds every client of a measurement, so that the engine's has none of their work. */
import { type BenchProcess, forkBench } from "../bench-process.ts";
import type { AskMessage, FromLoad, TaskName, Tasks } from "./messages.ts";

export interface LoadProcess {
  /** One task at a time. Rejects with what a client of it met. */
  ask<K extends TaskName>(name: K, ask: Tasks[K]["ask"]): Promise<Tasks[K]["answer"]>;
  end(): void;
}

export function startLoad(): LoadProcess {
  const process: BenchProcess<FromLoad, AskMessage> = forkBench(
    new URL("./load.ts", import.meta.url),
  );
  return {
    ask: async (name, ask) => {
      process.send({ kind: "ask", name, ask });
      const { answer } = await process.nextOf("done");
      return answer as Tasks[typeof name]["answer"];
    },
    end: () => process.end(),
  };
}
