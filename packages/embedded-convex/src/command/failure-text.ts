/** Failures of the command, for people and for scripts: a stable code, words, an exit code. */
import { StoreError } from "../errors.ts";
import { EXIT } from "./usage.ts";

export interface CommandFailure {
  readonly code: string;
  readonly message: string;
}

/** [CLI4] What an operator can mend is said in a sentence; the rest with its trace. */
export function failureOf(error: unknown, at: { readonly host?: string } = {}): CommandFailure {
  if (error instanceof StoreError) return { code: error.code, message: error.message };
  const { code = "Unexpected", port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") {
    const message = `Port ${port} on ${at.host} is in use. Stop what listens there, or give another with --port or --site-port.`;
    return { code, message };
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL") {
    if (port !== undefined)
      return { code, message: `Cannot listen on ${at.host} port ${port}: ${code}.` };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code, message: `Failed: ${text}` };
}

export function exitCodeOf(error: unknown): number {
  if (!(error instanceof StoreError)) return EXIT.failed;
  switch (error.code) {
    case "DataDamaged":
    case "BackupDamaged":
    case "RestoreUnfinished":
      return EXIT.damaged;
    case "DataFromOtherVersion":
      return EXIT.otherVersion;
    case "StoreFailure":
    case "DataInUse":
    case "TargetNotEmpty":
    case "NoData":
      return EXIT.failed;
    default:
      return error.code satisfies never;
  }
}
