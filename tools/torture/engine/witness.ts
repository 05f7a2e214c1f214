/** Remembers what the engine has acknowledged and shown; it must hold to it for ever after. */

/** What became of one write as far as its writer knows: "sent" may be there or not. */
export type Fate = "sent" | "acknowledged";

export class Witness {
  readonly #writes = new Map<string, Map<number, Fate>>();
  readonly #shown = new Map<string, number>();
  #newestTs = 0n;
  #acknowledgedPush = 0;
  #acknowledgements = 0;

  sent(writer: string, n: number): void {
    const writes = this.#writes.get(writer) ?? new Map<number, Fate>();
    this.#writes.set(writer, writes.set(n, "sent"));
  }

  acknowledged(writer: string, n: number): void {
    this.#writes.get(writer)?.set(n, "acknowledged");
    this.#acknowledgements += 1;
  }

  /** A subscriber or a query saw that the writer had come to `last`. */
  shown(writer: string, last: number): void {
    this.#shown.set(writer, Math.max(last, this.#shown.get(writer) ?? 0));
  }

  pushed(version: number): void {
    this.#acknowledgedPush = Math.max(version, this.#acknowledgedPush);
  }

  sawTimestamp(ts: bigint): void {
    if (ts > this.#newestTs) this.#newestTs = ts;
  }

  /** Whatever is begun from now on must commit later than this. */
  get newestTs(): bigint {
    return this.#newestTs;
  }

  get acknowledgements(): number {
    return this.#acknowledgements;
  }

  get acknowledgedPush(): number {
    return this.#acknowledgedPush;
  }

  /** By writer, then by number. */
  get writes(): ReadonlyMap<string, ReadonlyMap<number, Fate>> {
    return this.#writes;
  }

  get shownUpTo(): ReadonlyMap<string, number> {
    return this.#shown;
  }
}
