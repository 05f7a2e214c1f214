/** What the analysis of a push asks of its thread. */
import type { WorkerModule } from "../actions/protocol.ts";

export interface AnalysisTask {
  /** Source of the realm's bootstrap script. */
  readonly bootstrap: string;
  readonly env: Readonly<Record<string, string>>;
  readonly projectRoot: string;
  /** All modules that imports may lead to. */
  readonly modules: readonly WorkerModule[];
  readonly wanted: readonly WantedExport[];
}

export type WantedExport =
  | { readonly kind: "functions"; readonly path: string }
  | { readonly kind: "export"; readonly path: string }
  | { readonly kind: "authConfig"; readonly path: string };

/** `answer` is JSON; `thrown` is JSON of `Thrown`. The first failure is the last message. */
export type AnalysisMessage =
  | { readonly type: "ready" }
  | { readonly type: "found"; readonly path: string; readonly answer: string }
  | {
      readonly type: "failed";
      readonly path: string;
      readonly thrown: string;
      readonly logLines: readonly string[];
    }
  | { readonly type: "done" };
