/**
 * Looks for a serial order: nodes, edges that hold, and choices of which one alternative
 * must hold. The transitive closure is kept, so a cycle shows with the edge that closes it.
 *
 * A choice with one alternative left that closes no cycle is decided; when no more can be
 * decided the first open one is tried out, both ways. Complete: "none" means that every
 * combination of alternatives has a cycle.
 */
import type { Choice, Edge } from "./dependencies.ts";
import type { TransactionView } from "./transaction-view.ts";

export class SerialOrder {
  readonly #number: ReadonlyMap<TransactionView, number>;
  /** Per node a bit for every node behind it. */
  #behind: bigint[];
  #edges: Edge[] = [];

  constructor(views: readonly TransactionView[]) {
    this.#number = new Map(views.map((view, number) => [view, number]));
    this.#behind = views.map(() => 0n);
  }

  /** The first cycle that an edge closes, beginning with it; null when there is none. */
  add(edges: readonly Edge[]): readonly Edge[] | null {
    for (const edge of edges) {
      if (this.#closes(edge)) return [edge, ...this.#path(edge.to, edge.from)];
      this.#insert(edge);
    }
    return null;
  }

  /** Why no combination of alternatives works, null when one does. */
  decide(choices: readonly Choice[]): string | null {
    const open: Choice[] = [];
    for (let left = choices; ; left = open.splice(0)) {
      let decided = 0;
      for (const choice of left) {
        const possible = choice.alternatives.filter((edges) => this.#isPossible(edges));
        const [only] = possible;
        if (only === undefined) return this.#whyNot(choice);
        if (possible.length > 1) open.push({ ...choice, alternatives: possible });
        else {
          this.add(only);
          decided++;
        }
      }
      if (decided === 0) return this.#tryOut(open);
    }
  }

  #tryOut([first, ...rest]: readonly Choice[]): string | null {
    if (first === undefined) return null;
    let why = "";
    for (const edges of first.alternatives) {
      const branch = this.#copy();
      branch.add(edges);
      const found = branch.decide(rest);
      if (found === null) return null;
      why = found;
    }
    return `${first.text}, whenever that was: ${why}`;
  }

  #copy(): SerialOrder {
    const copy = new SerialOrder([...this.#number.keys()]);
    copy.#behind = [...this.#behind];
    copy.#edges = [...this.#edges];
    return copy;
  }

  /** All edges of an alternative meet in its reader: two of them may close a cycle together. */
  #isPossible(edges: readonly Edge[]): boolean {
    if (edges.some((edge) => this.#closes(edge))) return false;
    return edges.length < 2 || this.#copy().add(edges) === null;
  }

  #whyNot({ text, alternatives }: Choice): string {
    const cycles = alternatives.map((edges) => this.#copy().add(edges) ?? []);
    return [text, ...cycles.map(textOfCycle)].join("; ");
  }

  #closes({ from, to }: Edge): boolean {
    return from === to || this.#isBehind(to, from);
  }

  #isBehind(view: TransactionView, other: TransactionView): boolean {
    return ((this.#behind[this.#of(view)] ?? 0n) & (1n << BigInt(this.#of(other)))) !== 0n;
  }

  #insert(edge: Edge): void {
    this.#edges.push(edge);
    if (this.#isBehind(edge.from, edge.to)) return;
    const from = this.#of(edge.from);
    const gained = (this.#behind[this.#of(edge.to)] ?? 0n) | (1n << BigInt(this.#of(edge.to)));
    this.#behind = this.#behind.map((behind, node) =>
      node === from || (behind & (1n << BigInt(from))) !== 0n ? behind | gained : behind,
    );
  }

  /** The fewest edges from one to another. */
  #path(from: TransactionView, to: TransactionView): Edge[] {
    const cameBy = new Map<TransactionView, Edge>();
    const queue = [from];
    for (const view of queue) {
      if (view === to) break;
      for (const edge of this.#edges) {
        if (edge.from !== view || cameBy.has(edge.to) || edge.to === from) continue;
        cameBy.set(edge.to, edge);
        queue.push(edge.to);
      }
    }
    const path: Edge[] = [];
    for (let edge = cameBy.get(to); edge !== undefined; edge = cameBy.get(edge.from)) {
      path.unshift(edge);
      if (edge.from === from) break;
    }
    return path;
  }

  #of(view: TransactionView): number {
    const number = this.#number.get(view);
    if (number === undefined) throw new Error(`${view.transaction.name} is of another history`);
    return number;
  }
}

/** `a -rw (row v)-> b -wr (row w)-> a`. */
export function textOfCycle(cycle: readonly Edge[]): string {
  const steps = cycle.map(({ from, kind, why }) => `${from.transaction.name} -${kind} (${why})-> `);
  return `${steps.join("")}${cycle[0]?.from.transaction.name ?? ""}`;
}
