/** Filled deployments, made once in a run: a million documents take a while. */
import { openStage, type Stage } from "./stage.ts";

export interface Stages {
  /** Running, with so many items (or more, when something was measured on it before). */
  filled(items: number): Promise<Stage>;
  /** Lends the directory of a filled deployment while its engine is stopped. */
  stopped<T>(
    items: number,
    work: (dataDir: string, sample: readonly string[]) => Promise<T>,
  ): Promise<T>;
  close(): Promise<void>;
}

export function createStages(say: (text: string) => void): Stages {
  const stages = new Map<number, Stage>();
  const filled = async (items: number): Promise<Stage> => {
    const known = stages.get(items);
    if (known !== undefined) return known;
    const startMs = performance.now();
    const stage = await openStage(items);
    say(`filled ${items} documents in ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
    stages.set(items, stage);
    return stage;
  };
  return {
    filled,
    stopped: async (items, work) => {
      const { engine, dataDir, sample } = await filled(items);
      await engine.stop();
      try {
        return await work(dataDir, sample);
      } finally {
        await engine.start();
      }
    },
    close: async () => {
      for (const stage of stages.values()) await stage.close();
    },
  };
}
