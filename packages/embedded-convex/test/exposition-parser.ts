/**
 * A strict reader of Prometheus' text exposition format (version 0.0.4), for tests: it
 * throws, naming the line, wherever a scraper could stumble.
 */
export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  /** Labels as written, and the value, by the sample's own name. */
  readonly samples: ReadonlyMap<string, number>;
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\n"])*"';
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (\\S+)$`);
const VALUE = /^([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]Inf|NaN)$/;
const TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

export function parseExposition(text: string): ReadonlyMap<string, ParsedFamily> {
  if (!text.endsWith("\n")) throw new Error("the page does not end with a line feed");
  const families = new Map<string, ParsedFamily & { samples: Map<string, number> }>();
  let help: readonly [name: string, text: string] | null = null;
  let current: (ParsedFamily & { samples: Map<string, number> }) | null = null;
  for (const line of text.slice(0, -1).split("\n")) {
    const fail = (why: string): never => {
      throw new Error(`${why}: ${line}`);
    };
    const [, kind, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (kind === "HELP") {
      if (families.has(name)) fail("a family stands in two places");
      help = [name, rest];
    } else if (kind === "TYPE") {
      if (help?.[0] !== name) fail("TYPE without HELP before it");
      if (!TYPES.has(rest)) fail("unknown type");
      current = { name, help: help?.[1] ?? "", type: rest, samples: new Map() };
      families.set(name, current);
    } else {
      const [, sample = "", labels = "", value = ""] =
        SAMPLE.exec(line) ?? fail("neither a comment nor a sample");
      if (current === null) fail("a sample without a family");
      else {
        const allowed = (SUFFIXES[current.type] ?? [""]).map((suffix) => current?.name + suffix);
        if (!allowed.includes(sample)) fail(`a sample of another family than ${current.name}`);
        if (!VALUE.test(value)) fail("no number");
        const series = sample + labels;
        if (current.samples.has(series)) fail("a series twice");
        current.samples.set(series, Number(value.replace("Inf", "Infinity")));
      }
    }
  }
  for (const family of families.values()) if (family.type === "histogram") checkBuckets(family);
  return families;
}

/** Buckets come in ascending order of `le`, never fall, and end in +Inf with the count. */
function checkBuckets({ name, samples }: ParsedFamily): void {
  const series = new Map<string, { le: number; count: number }[]>();
  for (const [sample, count] of samples) {
    if (!sample.startsWith(`${name}_bucket`)) continue;
    const le = /le="([^"]+)"/.exec(sample)?.[1] ?? "";
    const labels = sample
      .slice(`${name}_bucket`.length)
      .replace(/,?le="[^"]+"/, "")
      .replace("{}", "");
    const buckets = series.get(labels) ?? [];
    buckets.push({ le: Number(le.replace("Inf", "Infinity")), count });
    series.set(labels, buckets);
  }
  if (series.size === 0) throw new Error(`${name} has no buckets`);
  for (const [labels, buckets] of series) {
    const rising = buckets.every(
      ({ le, count }, i) =>
        i === 0 || (le > (buckets[i - 1]?.le ?? 0) && count >= (buckets[i - 1]?.count ?? 0)),
    );
    const last = buckets.at(-1);
    if (!rising || last?.le !== Number.POSITIVE_INFINITY)
      throw new Error(`${name}${labels} is not cumulative`);
    if (samples.get(`${name}_count${labels}`) !== last.count)
      throw new Error(`${name}${labels} counts otherwise`);
    if (samples.get(`${name}_sum${labels}`) === undefined)
      throw new Error(`${name}${labels} has no sum`);
  }
}
