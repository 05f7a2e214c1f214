/** What a person sees while the system starts: one line a step, then a table of links. */
const PLAIN = process.env.NO_COLOR !== undefined || !process.stdout.isTTY;
const paint = (code: number, text: string) => (PLAIN ? text : `\u001b[${code}m${text}\u001b[0m`);
const print = (text: string) => process.stdout.write(`${text}\n`);

/** Runs a step and says how long it took; a failure is said by whoever catches it. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  print(`  ${paint(32, "✓")} ${label} ${paint(2, `${seconds} s`)}`);
  return result;
}

export function title(text: string): void {
  print(`\n${paint(1, text)}\n`);
}

export function note(text: string): void {
  print(text);
}

/** A row's link goes on a line of its own, so that a terminal can open it whatever its width. */
export function links(
  rows: readonly (readonly [label: string, address: string, what: string])[],
): void {
  for (const [label, address, what] of rows) {
    print(`  ${paint(1, label.padEnd(18))} ${paint(2, what)}`);
    print(`  ${" ".repeat(18)} ${paint(36, address)}\n`);
  }
}

export function failure(text: string, lastLines: readonly string[]): void {
  process.stderr.write(`\n${paint(31, "✗")} ${text}\n`);
  if (lastLines.length > 0) process.stderr.write(`\nIts last log lines:\n`);
  for (const line of lastLines) process.stderr.write(`  ${line}\n`);
}
