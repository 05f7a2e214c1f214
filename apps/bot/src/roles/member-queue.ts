/**
 * Whose roles to work on next. Holds what the backend says is due and what is being worked on; knows neither
 * Discord nor the network. A member is worked on once at a time, and of one server only a few members, so that a
 * server that is slow or limited holds up no other.
 *
 *   due (pushed list) --take()--> running --finish()--> done --settled()--> forgotten
 *
 * The pushed list holds a finished row until its settlement has committed: until then it is not worked on. One that
 * is settled and in the list unchanged could not be settled; whoever calls `settled` lets go of it after a while.
 */
import type { RoleSettlement, RoleWork } from "../backend.ts";

const MOST_PER_GUILD = 4; // at once

interface Done {
  readonly revision: number;
  isSettled: boolean;
}

export class MemberQueue {
  #due: ReadonlyMap<string, RoleWork> = new Map();
  readonly #running = new Map<string, string>(); // row -> guild
  readonly #done = new Map<string, Done>();

  /** Takes the list as pushed. */
  offer(rows: readonly RoleWork[]): void {
    this.#due = new Map(rows.map((row) => [row.memberRoleId, row]));
    for (const [id, { isSettled }] of this.#done) {
      if (isSettled && !this.#due.has(id)) this.#done.delete(id);
    }
  }

  /** The next row, now marked as running, of a server that may be worked on. */
  take(mayWorkIn: (guildId: string) => boolean): RoleWork | undefined {
    for (const work of this.#due.values()) {
      if (this.#isFree(work) && mayWorkIn(work.guildId)) {
        this.#running.set(work.memberRoleId, work.guildId);
        return work;
      }
    }
    return undefined;
  }

  /** The running row has an outcome; it may stay in the list until that is settled. */
  finish({ memberRoleId, revision }: RoleWork): void {
    this.#running.delete(memberRoleId);
    this.#done.set(memberRoleId, { revision, isSettled: false });
  }

  /** The backend has taken these, and the list shows it; returns the rows that are in it unchanged all the same. */
  settled(results: readonly RoleSettlement[]): RoleWork[] {
    const unchanged: RoleWork[] = [];
    for (const { memberRoleId, revision } of results) {
      const done = this.#done.get(memberRoleId);
      if (done?.revision !== revision) continue;
      done.isSettled = true;
      const row = this.#due.get(memberRoleId);
      if (row === undefined) this.#done.delete(memberRoleId);
      else if (row.revision === revision) unchanged.push(row);
    }
    return unchanged;
  }

  /** The row may be worked on again, if it still is what it was. */
  letGo({ memberRoleId, revision }: RoleWork): void {
    if (this.#done.get(memberRoleId)?.revision === revision) this.#done.delete(memberRoleId);
  }

  #isFree({ memberRoleId, guildId, revision }: RoleWork): boolean {
    if (this.#running.has(memberRoleId)) return false;
    const done = this.#done.get(memberRoleId);
    if (done !== undefined && (!done.isSettled || done.revision >= revision)) return false;
    const inGuild = [...this.#running.values()].filter((id) => id === guildId);
    return inGuild.length < MOST_PER_GUILD;
  }
}
