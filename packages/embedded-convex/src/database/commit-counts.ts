/** What the committer counts for `Database.stats`. Plain additions: it stands on the path of a commit. */
import { Histogram, SHORT_TIMES } from "../histogram.ts";
import type { Catalog } from "./catalog.ts";
import type { DatabaseStats } from "./types.ts";

export class CommitCounts {
  commits = 0;
  batches = 0;
  conflicts = 0;
  readonly commitSeconds = new Histogram(SHORT_TIMES);

  /** A batch of so many commits is durable. */
  written(commits: number, commitMs: number): void {
    this.batches++;
    this.commits += commits;
    this.commitSeconds.observe(commitMs / 1000);
  }
}

/** From documents per tablet. */
export function documentTotals(
  counts: ReadonlyMap<number, number>,
  catalog: Catalog,
): DatabaseStats["documents"] {
  let [user, system] = [0, 0];
  for (const [tablet, count] of counts) {
    if (catalog.tablet(tablet)?.system === true) system += count;
    else user += count;
  }
  return { user, system };
}
