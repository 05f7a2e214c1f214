/** Places for so many at a time; who finds none waits for one, first come, first served. */
import { OverloadedError } from "../../errors.ts";

export class Places {
  readonly #most: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(most: number, mostWaiting: number) {
    this.#most = most;
    this.#mostWaiting = mostWaiting;
  }

  /** Resolves with the way to give the place back, once. Throws OverloadedError when too many wait. */
  async take(): Promise<() => void> {
    if (this.#taken < this.#most) this.#taken++;
    else await this.#turn();
    let given = false;
    return () => {
      if (given) return;
      given = true;
      const next = this.#waiting.shift();
      if (next === undefined) this.#taken--;
      else next(); // the place goes on to it
    };
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      throw new OverloadedError(
        "TooManyConcurrentRequests",
        "Too many HTTP actions are running. Please try again.",
      );
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
