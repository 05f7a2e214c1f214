/**
 * Which versions of each row followed each other, and what is wrong with single reads:
 * versions nobody committed, versions their writers replaced, lists and contents that are
 * not what was written.
 */
import type { Anomaly, FoundRow, Row, Version } from "./history.ts";
import type { Install, TransactionView } from "./transaction-view.ts";

/** A version that was left behind, and who did. */
export interface Link extends Install {
  readonly writer: TransactionView;
}

export class VersionChains {
  readonly #links = new Map<Version, Link>();
  readonly #byRow = new Map<Row, Link[]>();
  /** Keyed by row and the version replaced. */
  readonly #next = new Map<string, Link[]>();
  readonly #intermediate = new Map<Version, TransactionView>();

  constructor(views: readonly TransactionView[]) {
    for (const writer of views) {
      for (const version of writer.intermediate) this.#intermediate.set(version, writer);
      for (const install of writer.installs.values()) this.#add({ ...install, writer });
    }
  }

  find(version: Version): Link | undefined {
    return this.#links.get(version);
  }

  /** What replaced a version; more than one is a lost update. */
  after(row: Row, version: Version | null): readonly Link[] {
    return this.#next.get(placeOf(row, version)) ?? [];
  }

  /** Every row with the versions it had, the first one first. Only without lost updates. */
  *all(): Generator<readonly [Row, readonly Link[]]> {
    for (const row of this.#byRow.keys()) {
      const chain: Link[] = [];
      for (let [next] = this.after(row, null); next !== undefined; ) {
        chain.push(next);
        [next] = this.after(row, next.version);
      }
      yield [row, chain];
    }
  }

  /** Of the writes alone. */
  lostUpdates(): Anomaly[] {
    return [...this.#next.values()]
      .filter((links) => links.length > 1)
      .map((links) => {
        const names = links.map(({ writer }) => writer.transaction.name).join(" and ");
        const text = `${names} replaced ${links[0]?.row} ${links[0]?.over}`;
        return { kind: "lost update", text };
      });
  }

  /** What is wrong with one read, null when nothing is. */
  problemOf(reader: TransactionView, found: FoundRow): Anomaly | null {
    const { row, version, content } = found;
    const text = `${reader.transaction.name} read ${row} ${version}`;
    const replaced = this.#intermediate.get(version);
    if (replaced !== undefined) {
      const text2 = `${text}, which ${replaced.transaction.name} replaced itself`;
      return { kind: "intermediate read", text: text2 };
    }
    const link = this.find(version);
    if (link === undefined || link.row !== row) {
      return { kind: "aborted read", text: `${text}, which nobody committed` };
    }
    const { group, place } = link.content ?? {};
    if (group !== content.group || place !== content.place) {
      return { kind: "wrong row", text: `${text} with a content that was not written` };
    }
    if (!this.#isList(link, found.items)) {
      const items = found.items.join(" ");
      return { kind: "wrong list", text: `${text} with the list ${items}` };
    }
    return null;
  }

  /** A list holds its row's versions; those that their writers replaced are not looked at. */
  #isList(link: Link, items: readonly Version[]): boolean {
    let current: Link | undefined = link;
    for (const item of items.toReversed()) {
      if (this.#intermediate.has(item)) continue;
      if (current?.version !== item) return false;
      current = current.over === null ? undefined : this.find(current.over);
    }
    return true;
  }

  #add(link: Link): void {
    this.#links.set(link.version, link);
    pushTo(this.#byRow, link.row, link);
    pushTo(this.#next, placeOf(link.row, link.over), link);
  }
}

function placeOf(row: Row, version: Version | null): string {
  return JSON.stringify([row, version]);
}

function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
