/** `console` inside a realm: arguments become text here, lines leave through the bridge. */
import inspect from "object-inspect";

type Emit = (level: string, message: string) => void;

const LEVELS = { debug: "DEBUG", error: "ERROR", info: "INFO", log: "LOG", warn: "WARN" } as const;

/** `state` is emptied between executions by `reset`. */
export function makeConsole(emit: Emit, nowMs: () => number) {
  const counts = new Map<string, number>();
  const timers = new Map<string, number>();
  const print = (level: string, values: readonly unknown[]) => emit(level, formatValues(values));
  const sinceStart = (label: string, rest: readonly unknown[]) => {
    const start = timers.get(label);
    if (start === undefined) return print("WARN", [`Timer '${label}' does not exist`]);
    emit("INFO", [`${label}: ${nowMs() - start}ms`, formatValues(rest)].join(" ").trimEnd());
  };
  const target: Record<string, (...values: unknown[]) => void> = {};
  for (const [method, level] of Object.entries(LEVELS)) {
    target[method] = (...values) => print(level, values);
  }
  Object.assign(target, {
    trace: (...values: unknown[]) => emit("LOG", traceText(values)),
    dir: (value: unknown) => print("LOG", [value]),
    dirxml: (...values: unknown[]) => print("LOG", values),
    table: (value: unknown) => print("LOG", [value]),
    group: (...values: unknown[]) => values.length > 0 && print("LOG", values),
    groupCollapsed: (...values: unknown[]) => values.length > 0 && print("LOG", values),
    groupEnd: () => {},
    assert: (condition: unknown, ...values: unknown[]) => {
      if (!condition)
        emit("ERROR", `Assertion failed${values.length > 0 ? `: ${formatValues(values)}` : ""}`);
    },
    count: (label: unknown = "default") => {
      const next = (counts.get(String(label)) ?? 0) + 1;
      counts.set(String(label), next);
      emit("LOG", `${label}: ${next}`);
    },
    countReset: (label: unknown = "default") => void counts.delete(String(label)),
    time: (label: unknown = "default") => void timers.set(String(label), nowMs()),
    timeLog: (label: unknown = "default", ...rest: unknown[]) => sinceStart(String(label), rest),
    timeEnd: (label: unknown = "default") => {
      sinceStart(String(label), []);
      timers.delete(String(label));
    },
  });
  const reset = () => {
    counts.clear();
    timers.clear();
  };
  return { console: target, reset };
}

/** Strings are quoted, objects printed as source: `'hi' { a: 1 }`. */
function formatValues(values: readonly unknown[]): string {
  return values.map((value) => formatValue(value)).join(" ");
}

function formatValue(value: unknown): string {
  try {
    return inspect(value, { indent: 2 });
  } catch {
    return "<value that cannot be printed>";
  }
}

function traceText(values: readonly unknown[]): string {
  const stack = (new Error().stack ?? "").split("\n").slice(3).join("\n");
  return `${formatValues(values)}\n${stack}`.trimEnd();
}
