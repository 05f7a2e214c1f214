/**
 * Brings about what one member is to hold, and reports what came of it. Never throws: every failure is an outcome
 * that the backend keeps on the row. A role that cannot be given holds up no other.
 *
 * A single change that Discord accepts is done. A set is verified by its answer; only one that does not show what
 * was set is read once more.
 */
import { planRoleCalls, type RoleCall } from "@heliograph/domain";
import type { RoleSettlement, RoleWork } from "../backend.ts";
import { classifyRoleError, obstacleFailure, type RoleFailure } from "./role-error.ts";
import type { RoleServer } from "./role-server.ts";

export interface RolesApplied {
  readonly settlement: RoleSettlement;
  /** What stood in the way, if anything did; of several the first. */
  readonly failure: RoleFailure | null;
}

interface Names {
  readonly give: readonly string[];
  readonly take: readonly string[];
}

export async function applyRoles(work: RoleWork, server: RoleServer): Promise<RolesApplied> {
  const attempt = new Attempt(work, server);
  await attempt.run();
  return attempt.outcome();
}

class Attempt {
  readonly #work: RoleWork;
  readonly #server: RoleServer;
  readonly #given: string[] = [];
  readonly #taken: string[] = [];
  readonly #byHand: string[] = [];
  readonly #tried: string[] = [];
  #failure: RoleFailure | null = null;

  constructor(work: RoleWork, server: RoleServer) {
    this.#work = work;
    this.#server = server;
  }

  async run(): Promise<void> {
    const gap = { give: this.#possible("give"), take: this.#possible("take") };
    const { untried } = this.#work;
    if (gap.give.length + gap.take.length === 0) return;
    let plan = planRoleCalls({ ...gap, untried }, null);
    if (plan === "look") {
      const held = await this.#ask(gap, () => this.#server.held(this.#work.discordId));
      if (held === null) return;
      plan = planRoleCalls({ ...gap, untried }, held);
    }
    if (plan === "look") throw new Error("a plan with what is held wants to look again");
    this.#given.push(...plan.known.given);
    this.#taken.push(...plan.known.taken);
    this.#byHand.push(...plan.known.byHand);
    for (const call of plan.calls) {
      if (!(await this.#carryOut(call))) return;
    }
  }

  outcome(): RolesApplied {
    const { memberRoleId, revision } = this.#work;
    const failure = this.#failure;
    const settlement = {
      ...{ memberRoleId, revision, outcome: failure?.outcome ?? ("applied" as const) },
      ...{ given: this.#given, taken: this.#taken, byHand: this.#byHand, tried: this.#tried },
    };
    if (failure === null) return { settlement, failure };
    const { code, message, retryAfterMs } = failure;
    const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
    return { settlement: { ...settlement, code, message, ...wait }, failure };
  }

  /** Without the roles that are known to be out of reach; one that is gone need not be taken. */
  #possible(what: "give" | "take"): string[] {
    return this.#work[what].filter((roleId) => {
      const obstacle = this.#server.obstacle(roleId);
      if (obstacle === null) return true;
      if (what === "take" && obstacle === "role_gone") this.#taken.push(roleId);
      else this.#failed(obstacleFailure(obstacle));
      return false;
    });
  }

  /** Whether the calls after it may go on. */
  async #carryOut(call: RoleCall): Promise<boolean> {
    const { discordId } = this.#work;
    switch (call.kind) {
      case "add":
        return await this.#single({ give: [call.roleId], take: [] }, () =>
          this.#server.add(discordId, call.roleId),
        );
      case "remove":
        return await this.#single({ give: [], take: [call.roleId] }, () =>
          this.#server.remove(discordId, call.roleId),
        );
      case "set": {
        const shown = await this.#ask(call, () => this.#server.set(discordId, call.roleIds));
        if (shown !== null) await this.#verify(call, shown);
        return shown !== null;
      }
      default:
        return call satisfies never;
    }
  }

  async #single(names: Names, act: () => Promise<void>): Promise<boolean> {
    const done = await this.#ask(names, async () => {
      await act();
      return true;
    });
    if (done === null) return this.#failure?.reach === "role"; // of another role nothing is known
    this.#note(names, names.give);
    return true;
  }

  async #verify(names: Names, shown: readonly string[]): Promise<void> {
    if (isShown(names, shown)) return this.#note(names, shown);
    const held = await this.#ask(names, () => this.#server.held(this.#work.discordId));
    if (held === null) return;
    this.#note(names, held);
    if (isShown(names, held)) return;
    const message = "Discord took the change and does not show it.";
    this.#failed({ outcome: "retry", reach: "member", code: "not_shown", message });
  }

  #note({ give, take }: Names, held: readonly string[]): void {
    this.#given.push(...give.filter((id) => held.includes(id)));
    this.#taken.push(...take.filter((id) => !held.includes(id)));
  }

  /** Null: it failed, and what that means is noted. */
  async #ask<T>({ give, take }: Names, call: () => Promise<T>): Promise<T | null> {
    try {
      return await call();
    } catch (error) {
      const [roleId] = [...give, ...take];
      const obstacle = roleId === undefined ? null : this.#server.obstacle(roleId);
      const failure = classifyRoleError(error, obstacle);
      this.#tried.push(...give, ...take);
      // Who is not there holds nothing, and a role that is not there is held by nobody.
      const isOneRole = give.length + take.length === 1;
      const isGone =
        failure.code === "not_in_server" || (failure.code === "role_gone" && isOneRole);
      if (isGone) this.#taken.push(...take);
      if (!isGone || give.length > 0) this.#failed(failure);
      return null;
    }
  }

  #failed(failure: RoleFailure): void {
    // What will be tried again by itself decides over what waits for a person.
    if (
      this.#failure === null ||
      (failure.outcome === "retry" && this.#failure.outcome !== "retry")
    )
      this.#failure = failure;
  }
}

function isShown({ give, take }: Names, held: readonly string[]): boolean {
  return give.every((id) => held.includes(id)) && !take.some((id) => held.includes(id));
}
