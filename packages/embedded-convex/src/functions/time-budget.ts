/** How long an execution and those nested in it may take: user code and system calls apart. */

import type { FunctionFailure } from "../rooms.ts";
import { failureOfMessage } from "./failure.ts";

const USER_LIMIT_MS = 1000;
const SYSCALL_LIMIT_MS = 15_000;

export const TIMED_OUT: FunctionFailure = failureOfMessage(
  "Function execution timed out (maximum duration: 1s)",
);
const TOO_MANY_SYSCALLS: FunctionFailure = failureOfMessage(
  "Your request timed out performing too many system operations.",
);

export class TimeBudget {
  #userMs = 0;
  #syscallMs = 0;
  #userSince: number | null = null;

  get remainingUserMs(): number {
    return USER_LIMIT_MS - this.#userMs - this.#running();
  }

  /** Runs user code; nested `syscall`s stop the clock. */
  user<T>(work: () => T): T {
    this.#userSince = performance.now();
    const result = work();
    this.#userMs += this.#running();
    this.#userSince = null;
    return result;
  }

  syscall<T>(work: () => T): T {
    const wasUser = this.#userSince !== null;
    this.#userMs += this.#running();
    this.#userSince = null;
    const start = performance.now();
    try {
      return work();
    } finally {
      this.#syscallMs += performance.now() - start;
      if (wasUser) this.#userSince = performance.now();
    }
  }

  /** Something that cannot be gone on with took all that was left. */
  useUp(): void {
    this.#userMs = USER_LIMIT_MS;
  }

  /** Why the execution must end, null while it may go on. */
  exceeded(): FunctionFailure | null {
    if (this.remainingUserMs <= 0) return TIMED_OUT;
    return this.#syscallMs > SYSCALL_LIMIT_MS ? TOO_MANY_SYSCALLS : null;
  }

  #running(): number {
    return this.#userSince === null ? 0 : performance.now() - this.#userSince;
  }
}
