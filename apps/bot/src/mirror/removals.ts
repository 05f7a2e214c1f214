/**
 * Messages that disappear in Discord and were not removed by us: told to the
 * backend, which knows whether they belong to a mirror.
 *
 * Deletions of a moment go together: a moderator's purge is one call.
 */
import { GatewayDispatchEvents } from "discord.js";
import type { Clock } from "../clock.ts";

const GATHER_MS = 250;
const MOST_TOLD = 100; // ids in one call
const OURS_KEPT = 5_000; // an event comes within seconds of its deed

export interface RemovalDoors {
  readonly clock: Clock;
  readonly tell: (messageIds: readonly string[]) => Promise<unknown>;
  readonly onError: (error: unknown) => void;
}

/** Where the gateway's dispatches are heard. */
export interface Dispatches {
  on(event: string, listener: (payload: unknown) => void): unknown;
}

export class Removals {
  readonly #doors: RemovalDoors;
  readonly #ours = new Set<string>(); // oldest first
  #gathered: string[] = [];
  #cancel: (() => void) | null = null;

  constructor(doors: RemovalDoors) {
    this.#doors = doors;
  }

  listen(dispatches: Dispatches): void {
    dispatches.on(GatewayDispatchEvents.MessageDelete, (payload) => {
      this.#heard([(payload as { id: string }).id]);
    });
    dispatches.on(GatewayDispatchEvents.MessageDeleteBulk, (payload) => {
      this.#heard((payload as { ids: readonly string[] }).ids);
    });
  }

  /** We are about to remove it ourselves. */
  noteOurs(messageId: string): void {
    this.#ours.add(messageId);
    const [oldest] = this.#ours;
    if (this.#ours.size > OURS_KEPT && oldest !== undefined) this.#ours.delete(oldest);
  }

  /** What was heard and not told yet is found by the next check of the target. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#gathered = [];
  }

  #heard(messageIds: readonly string[]): void {
    this.#gathered.push(...messageIds.filter((id) => !this.#ours.has(id)));
    if (this.#gathered.length === 0) return;
    this.#cancel ??= this.#doors.clock.after(GATHER_MS, () => this.#tell());
  }

  #tell(): void {
    this.#cancel = null;
    const { tell, onError } = this.#doors;
    for (let at = 0; at < this.#gathered.length; at += MOST_TOLD) {
      tell(this.#gathered.slice(at, at + MOST_TOLD)).catch(onError);
    }
    this.#gathered = [];
  }
}
