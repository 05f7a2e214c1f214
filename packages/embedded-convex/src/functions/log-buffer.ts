/** Log lines of one execution and those nested in it, within the contract's limits. */

const MAX_LINE_BYTES = 32_768;
const TRUNCATED = " (truncated due to length)";
const MAX_LINES = 256;
const OVERFLOW = `[ERROR] Log overflow (maximum ${MAX_LINES}). Remaining log lines omitted.`;

export class LogBuffer {
  readonly #lines: string[] = [];
  readonly #onLine: ((line: string) => void) | null;

  /** `onLine` hears each line as it is kept. */
  constructor(onLine: ((line: string) => void) | null = null) {
    this.#onLine = onLine;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  add(level: string, message: string): void {
    if (this.#lines.length === MAX_LINES) {
      this.#lines[MAX_LINES - 1] = OVERFLOW;
      return;
    }
    const line = truncate(`[${level}] ${message}`);
    this.#lines.push(line);
    this.#onLine?.(line);
  }
}

function truncate(line: string): string {
  if (line.length * 3 <= MAX_LINE_BYTES) return line;
  const bytes = Buffer.from(line);
  if (bytes.length <= MAX_LINE_BYTES) return line;
  const kept = bytes.subarray(0, MAX_LINE_BYTES - TRUNCATED.length).toString();
  return kept.replace(/�+$/, "") + TRUNCATED;
}
