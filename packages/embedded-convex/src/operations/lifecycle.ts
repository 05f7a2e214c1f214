/**
 * Where the deployment stands in its life.
 *
 *   starting ──> ready ──> draining
 *       \          \
 *        \──────────\──> failed         a write failed, or the data is damaged: for good
 */
export type LifecycleState = "starting" | "ready" | "draining" | "failed";

export class Lifecycle {
  #state: LifecycleState = "starting";

  get state(): LifecycleState {
    return this.#state;
  }

  /** Everything answers. */
  ready(): void {
    if (this.#state === "starting") this.#state = "ready";
  }

  /** No new work should come: the end has been asked for. */
  drain(): void {
    if (this.#state !== "failed") this.#state = "draining";
  }

  /** Nothing more may be shown; only a new process can help. */
  fail(): void {
    this.#state = "failed";
  }
}
