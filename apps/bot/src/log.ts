/** Structured log lines, one JSON object each; only edges call it, and never with a secret. */
export type Log = (event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Writes to standard output with the time in front. */
export const standardLog: Log = (event, fields = {}) => {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...fields })}\n`);
};

/** What an unknown thrown value says. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
