/** What the analysis of a push asks of its thread. */
import type { WorkerModule } from "../actions/protocol.ts";

/** Modules that see each other and the same variables, and what is wanted of them. */
export interface AnalysisUnit {
  readonly env: Readonly<Record<string, string>>;
  /** All modules that imports may lead to. */
  readonly modules: readonly WorkerModule[];
  readonly wanted: readonly WantedExport[];
  /** A definition imports those it mounts under these paths. */
  readonly mounts: readonly MountedDefinition[];
}

export interface MountedDefinition {
  /** As the CLI writes the import. */
  readonly importPath: string;
  readonly definitionPath: string;
  /** The earlier unit whose one export tells its name. */
  readonly unit: number;
}

export interface AnalysisTask {
  /** Source of the realm's bootstrap script. */
  readonly bootstrap: string;
  readonly projectRoot: string | null;
  readonly units: readonly AnalysisUnit[];
}

export type WantedExport =
  | { readonly kind: "functions"; readonly path: string }
  | { readonly kind: "export"; readonly path: string }
  | { readonly kind: "authConfig"; readonly path: string };

/** `answer` is JSON; `thrown` is JSON of `Thrown`. The first failure is the last message. */
export type AnalysisMessage =
  | { readonly type: "began"; readonly unit: number }
  | {
      readonly type: "found";
      readonly unit: number;
      readonly path: string;
      readonly answer: string;
    }
  | {
      readonly type: "failed";
      readonly unit: number;
      readonly path: string;
      readonly thrown: string;
      readonly logLines: readonly string[];
    }
  | { readonly type: "done" };
