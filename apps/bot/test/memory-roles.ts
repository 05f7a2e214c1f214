/**
 * The role half of the backend in memory, for one server: people with a tier and linked accounts, mappings, and a
 * row for each account, folded as in the real one.
 */
import {
  gapOf,
  type MemberRoles,
  NO_ROLES,
  noteAbsent,
  noteMissing,
  noteReport,
  type RoleMapping,
  type Tier,
  wantedRoles,
  wantRoles,
} from "@heliograph/domain";
import type { Backend, RoleSettlement, RoleWork, SweepPage } from "../src/backend.ts";

interface Lease {
  readonly holder: string | null;
  readonly epoch: number;
}

interface Row {
  readonly discordId: string;
  roles: MemberRoles;
  revision: number;
  state: "due" | "waiting" | "settled" | "blocked";
  code: string | null;
  /** The lease under which it became due. */
  dueEpoch: number;
}

interface Person {
  tier: Tier | null;
  discordId: string | null;
}

type RoleDoor = Pick<
  Backend,
  | "watchRoles"
  | "settleRoles"
  | "membersChanged"
  | "serverChanged"
  | "watchSweeps"
  | "sweepRows"
  | "noteDrift"
  | "endSweep"
>;

const CURED_BY_A_CHANGE = [
  "bot_below_role",
  "bot_not_in_server",
  "missing_permission",
  "role_gone",
  "role_managed",
];
const MOST_PER_GUILD = 5;

export class MemoryRoles {
  readonly #guildId: string;
  readonly #lease: () => Lease;
  readonly #people = new Map<string, Person>();
  readonly #rows = new Map<string, Row>(); // by Discord account
  readonly #watchers = new Set<() => void>();
  #mappings: readonly RoleMapping[] = [];
  #sweep: string | null = null;
  #sweeps = 0;

  constructor(guildId: string, lease: () => Lease) {
    this.#guildId = guildId;
    this.#lease = lease;
  }

  get mappings(): readonly RoleMapping[] {
    return this.#mappings;
  }

  /** Another set of mappings: everybody is looked at again. */
  map(mappings: readonly RoleMapping[]): void {
    this.#mappings = mappings;
    this.#decide();
  }

  /** Access is given or ends, an account is linked or unlinked. */
  setPerson(name: string, change: Partial<Person>): void {
    const person = this.#people.get(name) ?? { tier: null, discordId: null };
    this.#people.set(name, { ...person, ...change });
    this.#decide();
  }

  /** What an account is to hold. */
  wantedOf(discordId: string): string[] {
    const owner = [...this.#people.values()].find((person) => person.discordId === discordId);
    return wantedRoles(owner?.tier ?? null, this.#mappings);
  }

  /** Rows that are neither settled nor blocked because the account is not there. */
  get open(): string[] {
    return [...this.#rows.values()]
      .filter(({ state, code }) => state !== "settled" && code !== "not_in_server")
      .map(({ discordId, state, code }) => `${discordId} ${state} ${code}`);
  }

  get isSwept(): boolean {
    return this.#sweep === null;
  }

  wake(): void {
    for (const row of this.#rows.values()) if (row.state === "waiting") row.state = "due";
    this.#push();
  }

  /** Asks for a sweep, unless one is asked for already. */
  wantSweep(): void {
    if (this.#sweep === null) {
      this.#sweeps += 1;
      this.#sweep = `sweep-${this.#sweeps}`;
    }
    this.#push();
  }

  /** As the lease changes, so does what is surely untried. */
  leaseChanged(): void {
    this.#push();
  }

  doorOf(holder: string): RoleDoor {
    const isHeld = (epoch: number) =>
      this.#lease().holder === holder && this.#lease().epoch === epoch;
    const asHolder = async (epoch: number, change: () => void) => {
      if (!isHeld(epoch)) return;
      change();
      this.#push();
    };
    return {
      watchRoles: (_, onChange) => this.#watch(() => this.#work(), onChange),
      settleRoles: async (_, epoch, results) => {
        if (!isHeld(epoch)) return "leaseLost";
        for (const result of results) this.#settle(result);
        this.#push();
        return "settled";
      },
      membersChanged: (_, epoch, { joined, left }) =>
        asHolder(epoch, () => {
          for (const id of left) this.#noteLeft(this.#rows.get(id));
          for (const id of joined) {
            const row = this.#rows.get(id);
            if (row !== undefined) this.#tryAgain(row, row.roles.wanted);
          }
        }),
      serverChanged: (_, epoch) =>
        asHolder(epoch, () => {
          for (const row of this.#rows.values()) {
            const isCurable = row.state === "blocked" && CURED_BY_A_CHANGE.includes(row.code ?? "");
            if (isCurable) this.#tryAgain(row, []);
          }
        }),
      watchSweeps: (_, onChange) => this.#watch(() => this.#sweepWork(), onChange as never),
      sweepRows: async () => ({ rows: this.#sweepRows(), cursor: null }),
      noteDrift: (_, epoch, drifts) =>
        asHolder(epoch, () => {
          for (const { memberRoleId, revision, drift } of drifts) {
            const row = this.#rows.get(memberRoleId);
            if (row?.revision !== revision || sweepStateOf(row) === "open") continue;
            if (drift.kind === "missing") this.#tryAgain(row, drift.roleIds);
            else this.#noteLeft(row);
          }
        }),
      endSweep: (_, epoch, sweepId) =>
        asHolder(epoch, () => {
          if (sweepId === this.#sweep) this.#sweep = null;
        }),
    };
  }

  #decide(): void {
    const linked = [...this.#people.values()].flatMap(({ discordId }) => discordId ?? []);
    for (const discordId of new Set([...linked, ...this.#rows.keys()])) {
      this.#want(discordId, this.wantedOf(discordId));
    }
    this.#push();
  }

  #want(discordId: string, wanted: readonly string[]): void {
    const row = this.#rows.get(discordId);
    if (row === undefined) {
      if (wanted.length === 0) return;
      const roles = wantRoles(NO_ROLES, wanted);
      const due = { state: "due", code: null, dueEpoch: this.#lease().epoch } as const;
      this.#rows.set(discordId, { discordId, roles, revision: 1, ...due });
      return;
    }
    if (JSON.stringify(row.roles.wanted) === JSON.stringify(wanted)) return;
    const isAbsent = row.state === "blocked" && row.code === "not_in_server";
    if (isAbsent && wanted.length === 0) return void this.#rows.delete(discordId);
    row.roles = wantRoles(row.roles, wanted);
    row.revision += 1;
    if (row.state !== "waiting" || row.code !== "rate_limited") this.#makeDue(row);
  }

  #tryAgain(row: Row, missing: readonly string[]): void {
    row.roles = noteMissing(row.roles, missing);
    row.revision += 1;
    this.#makeDue(row);
  }

  #makeDue(row: Row): void {
    if (row.state !== "due") row.dueEpoch = this.#lease().epoch;
    Object.assign(row, { state: "due", code: null });
  }

  #noteLeft(row: Row | undefined): void {
    if (row === undefined) return;
    if (row.roles.wanted.length === 0) return void this.#rows.delete(row.discordId);
    row.roles = noteAbsent(row.roles);
    row.revision += 1;
    Object.assign(row, { state: "blocked", code: "not_in_server" });
  }

  #settle(result: RoleSettlement): void {
    const row = this.#rows.get(result.memberRoleId);
    if (row === undefined || result.revision > row.revision) return;
    const { code = null, outcome } = result;
    const noted = noteReport(row.roles, result);
    if (code === "not_in_server") row.roles = noteAbsent(noted);
    else row.roles = this.#isSureUntried(row) ? noted : { ...noted, untried: [] };
    const { give, take } = gapOf(row.roles);
    const isDone = give.length + take.length === 0;
    const { wanted, ours } = row.roles;
    if (isDone && wanted.length + ours.length === 0) this.#rows.delete(row.discordId);
    if (result.revision !== row.revision) return;
    if (isDone) Object.assign(row, { state: "settled", code: null });
    else Object.assign(row, { state: outcome === "blocked" ? "blocked" : "waiting", code });
  }

  #work(): RoleWork[] {
    const due = [...this.#rows.values()].filter(({ state }) => state === "due");
    return due.slice(0, MOST_PER_GUILD).map((row) => {
      const untried = this.#isSureUntried(row) ? row.roles.untried : [];
      const { discordId, revision } = row;
      const named = { memberRoleId: discordId, guildId: this.#guildId, discordId, revision };
      return { ...named, attempt: 0, ...gapOf(row.roles), untried } as RoleWork; // ids are plain text here
    });
  }

  #isSureUntried({ dueEpoch }: Row): boolean {
    const { epoch } = this.#lease();
    return epoch <= 1 || dueEpoch === epoch;
  }

  #sweepWork() {
    const roleIds = this.#mappings.map(({ roleId }) => roleId);
    return this.#sweep === null ? [] : [{ sweepId: this.#sweep, guildId: this.#guildId, roleIds }];
  }

  #sweepRows(): SweepPage["rows"] {
    const rows = [...this.#rows.values()].map((row) => {
      const { wanted, ours } = row.roles;
      const { discordId, revision } = row;
      return {
        memberRoleId: discordId,
        discordId,
        revision,
        wanted,
        ours,
        state: sweepStateOf(row),
      };
    });
    return rows as unknown as SweepPage["rows"]; // ids are plain text here
  }

  #watch<T>(read: () => T, onChange: (value: T) => void): () => void {
    let shown = "";
    const look = () => {
      const value = read();
      const text = JSON.stringify(value);
      if (text === shown) return;
      shown = text;
      onChange(value);
    };
    this.#watchers.add(look);
    queueMicrotask(() => this.#watchers.has(look) && look());
    return () => {
      this.#watchers.delete(look);
    };
  }

  #push(): void {
    for (const look of [...this.#watchers]) look();
  }
}

function sweepStateOf({ state, code }: Row): "settled" | "absent" | "open" {
  if (state === "settled") return "settled";
  return state === "blocked" && code === "not_in_server" ? "absent" : "open";
}
