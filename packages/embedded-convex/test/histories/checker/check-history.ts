/**
 * Is there a serial order that explains a history, and one that agrees with real time?
 *
 *   every read alone -> lost updates -> cycles of versions -> phantoms -> real time
 *
 * Each stage presumes that the ones before it found nothing, so what is reported is the
 * most specific name of what went wrong.
 */
import { choices, type Edge, timeEdges, versionEdges } from "./dependencies.ts";
import type { Anomaly, AnomalyKind, History } from "./history.ts";
import { SerialOrder, textOfCycle } from "./serial-order.ts";
import { type TransactionView, viewOf } from "./transaction-view.ts";
import { VersionChains } from "./version-chains.ts";

/** Empty when the history is strictly serializable and everything took effect once. */
export function checkHistory(history: History): readonly Anomaly[] {
  const views = history.map(viewOf);
  const chains = new VersionChains(views);
  const alone = [
    ...views.flatMap(({ anomalies }) => anomalies),
    ...views.flatMap((view) => view.reads.flatMap((found) => chains.problemOf(view, found) ?? [])),
    ...effectsOtherThanOnce(views),
  ];
  if (alone.length > 0) return alone;
  const lost = chains.lostUpdates();
  if (lost.length > 0) return lost;
  const anomaly = anomalyOfOrder(views, chains);
  return anomaly === null ? [] : [anomaly];
}

function anomalyOfOrder(views: readonly TransactionView[], chains: VersionChains): Anomaly | null {
  const edges = versionEdges(views, chains);
  const absences = choices(views, chains);
  const order = new SerialOrder(views);
  const cycle = order.add([...edges].sort((a, b) => RANK[a.kind] - RANK[b.kind]));
  if (cycle !== null) return { kind: kindOf(cycle), text: textOfCycle(cycle) };
  const phantom = order.decide(absences);
  if (phantom !== null) return { kind: "phantom", text: phantom };
  const strict = new SerialOrder(views);
  const late = strict.add([...edges, ...timeEdges(views)]);
  if (late !== null) return { kind: "real time", text: textOfCycle(late) };
  const lateAbsence = strict.decide(absences);
  return lateAbsence === null ? null : { kind: "real time", text: lateAbsence };
}

/** Writes first: a cycle is then named after the mildest edges that make one. */
const RANK: Record<Edge["kind"], number> = { ww: 0, wr: 1, rw: 2, time: 3 };

function kindOf(cycle: readonly Edge[]): AnomalyKind {
  const overwritten = cycle.filter(({ kind }) => kind === "rw").length;
  if (overwritten > 0) return overwritten === 1 ? "G-single" : "G2";
  return cycle.every(({ kind }) => kind === "ww") ? "G0" : "G1c";
}

/** A scheduled job takes effect once, any other never; a request at most once. */
function effectsOtherThanOnce(views: readonly TransactionView[]): Anomaly[] {
  const committed = views
    .map(({ transaction }) => transaction)
    .filter(({ outcome }) => outcome === "committed");
  const jobs = committed.flatMap(({ job }) => job ?? []);
  const requests = committed.flatMap(({ request }) => request ?? []);
  return [
    ...differences(jobs, new Set(views.flatMap((view) => view.jobs))),
    ...differences(requests, new Set(requests)),
  ];
}

function differences(done: readonly string[], wanted: ReadonlySet<string>): Anomaly[] {
  return [...new Set([...done, ...wanted])].flatMap((work) => {
    const times = done.filter((one) => one === work).length;
    const expected = Number(wanted.has(work));
    if (times === expected) return [];
    return [{ kind: "not once", text: `${work} took effect ${times} times, not ${expected}` }];
  });
}
