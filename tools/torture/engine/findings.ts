/** What the torture finds wrong. Each finding is told at once, and counted. */
export type FindingKind =
  /** Acknowledged or shown, and not there any more; or time went back. */
  | "lost"
  /** Half of a transaction, or documents and indexes that disagree. */
  | "torn"
  /** Done twice. */
  | "repeated";

export class Findings {
  readonly #say: (text: string) => void;
  readonly #counts: Record<FindingKind, number> = { lost: 0, torn: 0, repeated: 0 };

  constructor(say: (text: string) => void) {
    this.#say = say;
  }

  add(kind: FindingKind, text: string): void {
    this.#counts[kind] += 1;
    this.#say(`${kind.toUpperCase()}: ${text}`);
  }

  get counts(): Readonly<Record<FindingKind, number>> {
    return { ...this.#counts };
  }

  get any(): boolean {
    return Object.values(this.#counts).some((count) => count > 0);
  }
}
