/**
 * Who must stand before whom in any serial order that explains a history.
 *
 *   wr    writer of a version -> who read it
 *   ww    writer of a version -> who replaced it
 *   rw    who read a version -> who replaced it
 *   time  answered before the other was asked for, or the one that scheduled it
 *
 * A read that did not find a row saw one of the versions with which the row was not there
 * (not yet, no more, elsewhere). Which one, the history does not say: that is a choice, and
 * each alternative has its own edges. So phantoms are found without trusting any clock.
 */
import type { Content, Row } from "./history.ts";
import type { Absence, TransactionView } from "./transaction-view.ts";
import type { Link, VersionChains } from "./version-chains.ts";

export interface Edge {
  readonly from: TransactionView;
  readonly to: TransactionView;
  readonly kind: "wr" | "ww" | "rw" | "time";
  readonly why: string;
}

export interface Choice {
  readonly text: string;
  /** One of them holds, with all its edges. None at all: the read is impossible. */
  readonly alternatives: readonly (readonly Edge[])[];
}

/** From versions that were read and replaced. */
export function versionEdges(views: readonly TransactionView[], chains: VersionChains): Edge[] {
  const edges: Edge[] = [];
  for (const view of views) {
    for (const { row, version } of view.reads) {
      const writer = chains.find(version)?.writer;
      if (writer !== undefined) edges.push(edge(writer, view, "wr", `${row} ${version}`));
      for (const next of chains.after(row, version)) {
        edges.push(edge(view, next.writer, "rw", `${row} ${version}`));
      }
    }
    for (const { row, over } of view.installs.values()) {
      const replaced = over === null ? undefined : chains.find(over);
      if (replaced !== undefined) edges.push(edge(replaced.writer, view, "ww", `${row} ${over}`));
    }
  }
  return edges.filter(({ from, to }) => from !== to);
}

/** From answers that were there before others were asked for, and from scheduling. */
export function timeEdges(views: readonly TransactionView[]): Edge[] {
  const present = views.filter(({ transaction }) => transaction.isOfThePast !== true);
  return views.flatMap((from) => {
    const scheduled = views.filter(
      ({ transaction: { job } }) => job !== undefined && from.jobs.includes(job),
    );
    const later = present.filter(
      ({ transaction }) => from.transaction.endedAt < transaction.startedAt,
    );
    return [
      ...scheduled.map((to) => edge(from, to, "time", "scheduled")),
      ...later.map((to) => edge(from, to, "time", "answered before")),
    ];
  });
}

/** From rows that were not found. Only without lost updates. */
export function choices(views: readonly TransactionView[], chains: VersionChains): Choice[] {
  const rows = [...chains.all()];
  return views.flatMap((view) =>
    view.absences.flatMap((absence) =>
      rows.flatMap(([row, chain]) => choiceOf(view, absence, row, chain) ?? []),
    ),
  );
}

function choiceOf(
  reader: TransactionView,
  absence: Absence,
  row: Row,
  chain: readonly Link[],
): Choice | null {
  if (absence.except.has(row)) return null;
  const isThere = (content: Content | null) => content !== null && absence.covers(row, content);
  if (!chain.some(({ content }) => isThere(content))) return null;
  const alternatives: Edge[][] = [];
  let open: { readonly since: Link | null } | null = { since: null };
  for (const link of chain) {
    if (!isThere(link.content)) open ??= { since: link };
    else if (open !== null) {
      alternatives.push(...stretch(reader, row, open.since, link));
      open = null;
    }
  }
  if (open !== null) alternatives.push(...stretch(reader, row, open.since, null));
  return { text: `${reader.transaction.name} ${absence.text} ${row}`, alternatives };
}

/** Versions without the row in sight: behind the first of them, before whatever ends them. */
function stretch(
  reader: TransactionView,
  row: Row,
  since: Link | null,
  until: Link | null,
): Edge[][] {
  if (since?.writer === reader) return []; // nobody sees what he is yet to do
  const edges: Edge[] = [];
  if (since !== null) edges.push(edge(since.writer, reader, "wr", `${row} gone`));
  if (until !== null && until.writer !== reader) {
    edges.push(edge(reader, until.writer, "rw", `${row} absent`));
  }
  return [edges];
}

function edge(from: TransactionView, to: TransactionView, kind: Edge["kind"], why: string): Edge {
  return { from, to, kind, why };
}
