/**
 * Compares a whole server with what was settled there: reads its member list, then the backend's rows, and looks
 * once more at each account that seems to have drifted, since the list may be older than the row.
 */
import { driftOf, rolesByHand } from "@heliograph/domain";
import type { Backend, NotedDrift, SweepPage, SweepResult, SweepWork } from "../backend.ts";
import { classifyRoleError } from "./role-error.ts";
import { MEMBERS_PAGE, type RoleServer } from "./role-server.ts";

const MOST_SAMPLES = 20;
const MOST_DRIFTS = 100; // what roles.noteDrift accepts

type Row = SweepPage["rows"][number];
type Findings = Omit<Extract<SweepResult, { state: "done" }>, "state">;

export interface SweepDoors {
  readonly server: RoleServer;
  readonly rowsOf: Backend["sweepRows"];
  readonly noteDrift: (drifts: readonly NotedDrift[]) => Promise<void>;
}

/** The report. Rejects only when the backend refuses. */
export async function sweepServer(
  { guildId, roleIds }: Pick<SweepWork, "guildId" | "roleIds">,
  doors: SweepDoors,
): Promise<SweepResult> {
  let held: ReadonlyMap<string, readonly string[]>;
  try {
    held = await readMembers(doors.server);
  } catch (error) {
    const { code, message } = classifyRoleError(error, null);
    return { state: "failed", code, message };
  }
  const sweep = new Sweep(held, new Set(roleIds), doors);
  for (let cursor: string | null = null; ; ) {
    const page: SweepPage = await doors.rowsOf(guildId, cursor);
    await sweep.compare(page.rows);
    cursor = page.cursor;
    if (cursor === null) break;
  }
  return { state: "done", ...sweep.findings() };
}

async function readMembers(server: RoleServer): Promise<Map<string, readonly string[]>> {
  const held = new Map<string, readonly string[]>();
  for (let after = "0"; ; ) {
    const page = await server.membersAfter(after);
    for (const { userId, roleIds } of page) held.set(userId, roleIds);
    const last = page.at(-1);
    if (last === undefined || page.length < MEMBERS_PAGE) return held;
    after = last.userId;
  }
}

class Sweep {
  readonly #held: ReadonlyMap<string, readonly string[]>;
  readonly #mapped: ReadonlySet<string>;
  readonly #doors: SweepDoors;
  readonly #known = new Map<string, Row>();
  #checked = 0;
  #missing = 0;
  #left = 0;

  constructor(
    held: ReadonlyMap<string, readonly string[]>,
    mapped: ReadonlySet<string>,
    doors: SweepDoors,
  ) {
    this.#held = held;
    this.#mapped = mapped;
    this.#doors = doors;
  }

  async compare(rows: readonly Row[]): Promise<void> {
    const drifts: NotedDrift[] = [];
    for (const row of rows) {
      this.#known.set(row.discordId, row);
      const drift = await this.#driftOf(row);
      if (drift === null) continue;
      const { memberRoleId, revision } = row;
      drifts.push({ memberRoleId, revision, drift });
    }
    while (drifts.length > 0) await this.#doors.noteDrift(drifts.splice(0, MOST_DRIFTS));
  }

  findings(): Findings {
    const byHand = [...this.#held].flatMap(([discordId, held]) => {
      const roleIds = rolesByHand(held, this.#mapped, this.#known.get(discordId) ?? null);
      return roleIds.length === 0 ? [] : [{ discordId, roleIds }];
    });
    return {
      members: this.#held.size,
      checked: this.#checked,
      missing: this.#missing,
      left: this.#left,
      byHand: byHand.length,
      byHandSample: byHand.slice(0, MOST_SAMPLES),
    };
  }

  async #driftOf({ discordId, wanted, state }: Row): Promise<NotedDrift["drift"] | null> {
    if (state === "open") return null;
    this.#checked += 1;
    const row = { wanted, state };
    if (driftOf(row, this.#held.get(discordId) ?? null) === null) return null;
    const now = await this.#lookAgain(discordId);
    const drift = now === "unknown" ? null : driftOf(row, now);
    if (drift === null) return null;
    if (drift.kind === "left") {
      this.#left += 1;
      return { kind: "left" };
    }
    this.#missing += 1;
    return { kind: "missing", roleIds: [...drift.roleIds] };
  }

  async #lookAgain(discordId: string): Promise<readonly string[] | null | "unknown"> {
    try {
      return await this.#doors.server.held(discordId);
    } catch (error) {
      return classifyRoleError(error, null).code === "not_in_server" ? null : "unknown";
    }
  }
}
