/** How measured numbers read: latencies, counts, sizes. */

/** "84 ms", "1.24 s"; "–" for null. A measured delay below zero (clock error) reads "0 ms". */
export function msText(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return "–";
  const value = Math.max(0, ms);
  if (value < 999.5) return `${Math.round(value)} ms`;
  if (value < 100_000) return `${(value / 1000).toFixed(2)} s`;
  return `${Math.round(value / 1000)} s`;
}

/** "1,284". */
export function countText(count: number): string {
  return new Intl.NumberFormat("en-GB").format(count);
}

/** "3.4 MB", for an attachment's size in bytes. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
