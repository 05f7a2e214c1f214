/** What a person sees: one line a step, a table of links, and what went wrong. Owns standard output. */
const LIVE = process.stdout.isTTY === true && process.env.TERM !== "dumb";
const PLAIN = !LIVE || process.env.NO_COLOR !== undefined;
const paint = (code: number, text: string) => (PLAIN ? text : `\u001b[${code}m${text}\u001b[0m`);

const [BOLD, DIM, RED, GREEN, CYAN] = [1, 2, 31, 32, 36];
const CLEAR_LINE = "\r\u001b[2K";
const LABEL_WIDTH = 20;

/** The step under way, on a terminal: its line stands last and is written again below other lines. */
let underWay = "";

// Nobody reading any more (`npm start | head`) does not stop the system.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);

function print(text: string): void {
  if (underWay === "") process.stdout.write(`${text}\n`);
  else process.stdout.write(`${CLEAR_LINE}${text}\n${underWay}`);
}

function showUnderWay(text: string): void {
  if (!LIVE) return;
  process.stdout.write(`${CLEAR_LINE}${text}`);
  underWay = text;
}

/** Runs a step and says how long it took; a failure is said by whoever catches it. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now();
  showUnderWay(`  ${paint(DIM, `· ${label} ...`)}`);
  try {
    const result = await work();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    showUnderWay("");
    print(`  ${paint(GREEN, "✓")} ${label} ${paint(DIM, `${seconds} s`)}`);
    return result;
  } finally {
    showUnderWay("");
  }
}

export function title(text: string): void {
  print(`\n${paint(BOLD, text)}\n`);
}

export function note(text: string): void {
  print(text);
}

/** A line that a part printed, behind its name. */
export function said(part: string, line: string): void {
  if (line.trim() !== "") print(`  ${paint(DIM, `${part} │`)} ${line}`);
}

/** A row's link goes on a line of its own, so that a terminal can open it whatever its width. */
export function links(
  rows: readonly (readonly [label: string, address: string, what: string])[],
): void {
  for (const [label, address, what] of rows) {
    print(`  ${paint(BOLD, label.padEnd(LABEL_WIDTH))} ${paint(DIM, what)}`);
    print(`  ${" ".repeat(LABEL_WIDTH)} ${paint(CYAN, address)}\n`);
  }
}

export function failure(text: string): void {
  process.stderr.write(`\n${paint(RED, "✗")} ${text}\n`);
}

export function lastLines(lines: readonly string[], logFile: string): void {
  const indented = lines.map((line) => `  ${line}\n`).join("");
  process.stderr.write(
    lines.length === 0 ? "\nIt printed nothing.\n" : `\nIts last log lines:\n${indented}`,
  );
  process.stderr.write(`\nThe whole log: ${logFile}\n`);
}
