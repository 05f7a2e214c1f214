/**
 * Measures as Prometheus' text exposition format, version 0.0.4.
 *
 * [METRICS1] The page is valid: each family has HELP and TYPE and stands together, no
 *            series comes twice, histograms are cumulative up to +Inf, labels are escaped.
 */
import type { Histogram } from "../histogram.ts";

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

interface Described {
  /** Counters end in `_total`; what has a unit ends in it (`_seconds`, `_bytes`). */
  readonly name: string;
  readonly help: string;
}

export type Family =
  | (Described & { readonly type: "counter" | "gauge"; readonly samples: readonly Sample[] })
  | (Described & {
      readonly type: "histogram";
      readonly series: readonly { readonly labels?: Labels; readonly histogram: Histogram }[];
    });

export const CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export function counter(name: string, help: string, value: number | readonly Sample[]): Family {
  return { name, help, type: "counter", samples: samplesOf(value) };
}

export function gauge(name: string, help: string, value: number | readonly Sample[]): Family {
  return { name, help, type: "gauge", samples: samplesOf(value) };
}

export function histogram(
  name: string,
  help: string,
  series: readonly { readonly labels?: Labels; readonly histogram: Histogram }[],
): Family {
  return { name, help, type: "histogram", series };
}

export function expositionOf(families: readonly Family[]): string {
  return families.map(familyText).join("");
}

function samplesOf(value: number | readonly Sample[]): readonly Sample[] {
  return typeof value === "number" ? [{ value }] : value;
}

function familyText(family: Family): string {
  const { name, help, type } = family;
  const lines = [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`];
  if (family.type === "histogram") {
    for (const { labels = {}, histogram: measured } of family.series)
      lines.push(...histogramLines(name, labels, measured));
  } else {
    for (const { labels = {}, value } of family.samples) lines.push(line(name, labels, value));
  }
  return `${lines.join("\n")}\n`;
}

function histogramLines(name: string, labels: Labels, { bounds, counts, sum }: Histogram) {
  let cumulative = 0;
  const buckets = [...bounds.map(String), "+Inf"].map((le, i) => {
    cumulative += counts[i] ?? 0;
    return line(`${name}_bucket`, { ...labels, le }, cumulative);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, cumulative)];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
