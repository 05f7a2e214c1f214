/**
 * How long an execution and those nested in it may take: user code and system calls apart.
 *
 * User code is measured by the wall, which is cheap to ask. While other threads have the
 * processor it stands still through no fault of its own (hashing a password takes three
 * times as long on a busy machine), so what the wall counted above the thread's CPU time is
 * given back, up to MAX_GIVEN_BACK_MS: nobody else runs meanwhile. The CPU time is asked for
 * only of code that takes long.
 *
 *   wall   |--50 ms--|------------ waited ------------|
 *   asked            ^ CPU time, for later            ^ CPU time: how much of it was used
 */
import type { FunctionFailure } from "../rooms.ts";
import { failureOfMessage } from "./failure.ts";

const USER_LIMIT_MS = 1000;
const SYSCALL_LIMIT_MS = 15_000;
const LONG_MS = 50; // asking for CPU time is a system call; most functions end long before
const MAX_GIVEN_BACK_MS = 1000;

export const TIMED_OUT: FunctionFailure = failureOfMessage(
  "Function execution timed out (maximum duration: 1s)",
);
const TOO_MANY_SYSCALLS: FunctionFailure = failureOfMessage(
  "Your request timed out performing too many system operations.",
);

export interface Meters {
  wallMs(): number;
  /** Of this thread. */
  cpuMs(): number;
}

const METERS: Meters = {
  wallMs: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  },
};

/** User code that runs, since when. */
interface Stretch {
  readonly wallMs: number;
  /** Null until it is known to take long. */
  readonly cpuMs: number | null;
}

export class TimeBudget {
  readonly #meters: Meters;
  #userMs = 0;
  #syscallMs = 0;
  #givenBackMs = 0;
  #stretch: Stretch | null = null;

  constructor(meters = METERS) {
    this.#meters = meters;
  }

  get remainingUserMs(): number {
    const leftMs = USER_LIMIT_MS - this.#userMs - this.#runningMs();
    if (this.#stretch === null || (leftMs > 0 && !this.#isUnmeasured(leftMs))) return leftMs;
    this.#end();
    this.#begin();
    return USER_LIMIT_MS - this.#userMs;
  }

  /** Runs user code; nested `syscall`s stop the clock. */
  user<T>(work: () => T): T {
    this.#begin();
    const result = work();
    this.#end();
    return result;
  }

  syscall<T>(work: () => T): T {
    const wasUser = this.#stretch !== null;
    this.#end();
    const start = this.#meters.wallMs();
    try {
      return work();
    } finally {
      this.#syscallMs += this.#meters.wallMs() - start;
      if (wasUser) this.#begin();
    }
  }

  /** Something that cannot be gone on with took all that was left. */
  useUp(): void {
    this.#userMs = USER_LIMIT_MS;
    this.#givenBackMs = MAX_GIVEN_BACK_MS;
  }

  /** Why the execution must end, null while it may go on. */
  exceeded(): FunctionFailure | null {
    if (this.remainingUserMs <= 0) return TIMED_OUT;
    return this.#syscallMs > SYSCALL_LIMIT_MS ? TOO_MANY_SYSCALLS : null;
  }

  #isUnmeasured(leftMs: number): boolean {
    return this.#stretch?.cpuMs === null && leftMs < USER_LIMIT_MS - LONG_MS;
  }

  #begin(): void {
    const cpuMs = this.#userMs < LONG_MS ? null : this.#meters.cpuMs();
    this.#stretch = { wallMs: this.#meters.wallMs(), cpuMs };
  }

  #end(): void {
    if (this.#stretch === null) return;
    const wallMs = this.#runningMs();
    const { cpuMs } = this.#stretch;
    this.#stretch = null;
    const waitedMs = cpuMs === null ? 0 : wallMs - (this.#meters.cpuMs() - cpuMs);
    const backMs = Math.max(0, Math.min(waitedMs, MAX_GIVEN_BACK_MS - this.#givenBackMs));
    this.#givenBackMs += backMs;
    this.#userMs += wallMs - backMs;
  }

  #runningMs(): number {
    return this.#stretch === null ? 0 : this.#meters.wallMs() - this.#stretch.wallMs;
  }
}
