/**
 * Events that never reach anybody, as if they had been lost on Discord's side:
 * no gap in the sequence tells of them.
 */
export class EventLoss {
  #pending: { event: string; left: number }[] = [];

  /** `event` by its name on the wire, as `MESSAGE_CREATE`; `*` is any. */
  plan(event: string, times: number): void {
    this.#pending.push({ event, left: times });
  }

  /** Counts per session told, so that with two sessions one of them can miss what the other hears. */
  swallows(name: string): boolean {
    const match = this.#pending.find(({ event }) => event === "*" || event === name);
    if (match === undefined) return false;
    match.left -= 1;
    this.#pending = this.#pending.filter(({ left }) => left > 0);
    return true;
  }

  clear(): void {
    this.#pending = [];
  }
}
