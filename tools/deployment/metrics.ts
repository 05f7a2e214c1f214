/** Reads the counters of an engine's `/metrics` page (Prometheus text). */
export interface Counters {
  /** Executions of one function that were not answered from the cache. */
  executions(path: string): number;
  /** Commits refused because something they read had changed. */
  readonly conflicts: number;
}

export async function readCounters(url: string): Promise<Counters> {
  const response = await fetch(`${url}/metrics`);
  if (!response.ok)
    throw new Error(`${url}/metrics answered ${response.status}: only the embedded engine counts`);
  const samples = parseSamples(await response.text());
  return {
    executions: (path) => samples.get(`convex_function_executions_total{path="${path}"}`) ?? 0,
    conflicts: samples.get("convex_commit_conflicts_total") ?? 0,
  };
}

/** Series with their labels as written, and their values. */
export function parseSamples(text: string): ReadonlyMap<string, number> {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    const space = line.lastIndexOf(" ");
    if (line.startsWith("#") || space <= 0) continue;
    samples.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return samples;
}
