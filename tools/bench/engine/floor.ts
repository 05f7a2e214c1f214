/** Starts the floor beside a stage: on a copy of its file, with the rows of one of its mutations. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type BenchProcess, forkBench } from "../bench-process.ts";
import type { LoadProcess } from "./load-process.ts";
import { type RowPattern, recordRows } from "./row-pattern.ts";
import type { Stage } from "./stage.ts";

export interface Floor {
  readonly url: string;
  readonly pattern: RowPattern;
  close(): void;
}

export async function startFloor(stage: Stage, load: LoadProcess): Promise<Floor> {
  const file = join(stage.dataDir, "data.sqlite");
  const { url } = stage.engine;
  const pattern = await recordRows(file, () => load.ask("mutateOnce", { url }));
  const dir = mkdtempSync(join(tmpdir(), "engine-bench-floor-"));
  const copy = join(dir, "data.sqlite");
  copyStore(file, copy);
  const module = new URL("./floor-server.ts", import.meta.url);
  const server: BenchProcess<{ readonly port: number }, never> = forkBench(
    module,
    copy,
    JSON.stringify(pattern),
  );
  const { port } = await server.next();
  return {
    url: `http://127.0.0.1:${port}`,
    pattern,
    close: () => {
      server.end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Also while the engine has it open. */
export function copyStore(from: string, to: string): void {
  const sqlite = new DatabaseSync(from, { readOnly: true });
  try {
    sqlite.exec(`VACUUM INTO '${to}'`);
  } finally {
    sqlite.close();
  }
}
