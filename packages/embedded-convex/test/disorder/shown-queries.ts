/** The query set of one client and what it shows, checked against the rules of versions. */
import type { JSONValue } from "convex/values";
import { tsFromBase64 } from "../../src/values/timestamps.ts";
import { add, type Frame, ZERO_TS } from "../raw-client.ts";
import type { Random } from "../seeds.ts";
import type { Snapshot } from "./ledger-history.ts";

interface Query {
  readonly udfPath: string;
  readonly args: { readonly [field: string]: JSONValue };
  readonly since: number;
  journal: JSONValue;
}

interface Page {
  readonly numbers: readonly number[];
  readonly isDone: boolean;
}

const MOVES = 0;
const ALWAYS = ["ledger:moves", "ledger:total", "ledger:latest"];

export class ShownQueries {
  readonly #world: string;
  readonly #accounts: readonly string[];
  readonly #wrong: (text: string) => void;
  readonly #queries = new Map<number, Query>();
  readonly #shown = new Map<number, JSONValue>();
  #nextId = 0;
  #sentVersion = 0;
  #version: JSONValue = null;
  /** Where a page once ended it ends for good, also over reconnects. */
  #pageEnd: number | undefined;
  isIntroduced = false;

  constructor(world: string, accounts: readonly string[], wrong: (text: string) => void) {
    this.#world = world;
    this.#accounts = accounts;
    this.#wrong = wrong;
    for (const udfPath of ALWAYS) this.#add(udfPath, { world });
    this.#add("ledger:page", { world, paginationOpts: { numItems: 3, cursor: null } });
  }

  get shownMoves(): number | null {
    const moves = this.#shown.get(MOVES);
    return typeof moves === "number" ? moves : null;
  }

  /** A new socket begins at version zero. */
  restart(): void {
    this.#shown.clear();
    this.#sentVersion = 0;
    this.#version = { querySet: 0, identity: 0, ts: ZERO_TS };
    this.isIntroduced = false;
  }

  /** The whole set, as the first message about it. */
  all(): object {
    this.isIntroduced = true;
    for (const [id, query] of this.#queries) this.#queries.set(id, { ...query, since: 1 });
    return this.#modify(
      [...this.#queries].map(([id, { udfPath, args, journal }]) =>
        add(id, udfPath, args, { journal }),
      ),
    );
  }

  /** Watches another account, or one less. Nothing before the introduction. */
  change(random: Random): object {
    if (!this.isIntroduced) return { type: "Event", eventType: "ClientConnect", event: {} };
    const ids = [...this.#queries.keys()].filter((id) => id > ALWAYS.length);
    const removed = ids[random.below(ids.length + 3)];
    if (removed !== undefined) {
      this.#queries.delete(removed);
      return this.#modify([{ type: "Remove", queryId: removed }]);
    }
    const account = this.#accounts[random.below(this.#accounts.length)] ?? "";
    const args = { world: this.#world, account };
    const id = this.#add("ledger:balance", args);
    return this.#modify([add(id, "ledger:balance", args)]);
  }

  /** The timestamp the transition leads to. */
  apply(frame: Frame): bigint {
    const start = JSON.stringify(frame.startVersion);
    if (start !== JSON.stringify(this.#version)) {
      this.#wrong(`starts at ${start} instead of ${JSON.stringify(this.#version)}`);
    }
    const { ts: before } = this.#version as { ts: string };
    this.#version = frame.endVersion ?? null;
    const { ts, querySet } = this.#version as { ts: string; querySet: number };
    if (tsFromBase64(ts) < tsFromBase64(before)) this.#wrong(`time went back to ${ts}`);
    if (querySet > this.#sentVersion) this.#wrong(`query set ${querySet} was never sent`);
    for (const change of frame.modifications as Frame[]) this.#applyChange(change);
    for (const [id, { since, udfPath }] of this.#queries) {
      if (since <= querySet && !this.#shown.has(id)) this.#wrong(`${udfPath} is missing`);
    }
    return tsFromBase64(ts);
  }

  /** Null while the counter of moves is not shown. */
  snapshot(client: string, ts: bigint): Snapshot | null {
    if (this.shownMoves === null) return null;
    const balances = new Map<string, number>();
    for (const [id, { udfPath, args }] of this.#queries) {
      const value = this.#shown.get(id);
      if (udfPath === "ledger:balance" && value !== undefined) {
        balances.set(String(args.account), Number(value));
      }
    }
    const [moves, total, latest, page] = [0, 1, 2, 3].map((id) => this.#shown.get(id));
    return {
      client,
      ts,
      moves: Number(moves),
      total: total === undefined ? null : Number(total),
      latest: (latest as string[] | undefined) ?? null,
      balances,
      page: page === undefined ? null : this.#checkPage(page as unknown as Page),
    };
  }

  #checkPage({ numbers, isDone }: Page): readonly number[] {
    const end = numbers.at(-1);
    if (this.#pageEnd !== undefined && end !== this.#pageEnd) {
      this.#wrong(`the page that ended at ${this.#pageEnd} ends at ${end}`);
    }
    if (!isDone) this.#pageEnd = end;
    return numbers;
  }

  #add(udfPath: string, args: Query["args"]): number {
    const id = this.#nextId++;
    this.#queries.set(id, { udfPath, args, journal: null, since: this.#sentVersion + 1 });
    return id;
  }

  #modify(modifications: object[]): object {
    const baseVersion = this.#sentVersion++;
    return { type: "ModifyQuerySet", baseVersion, newVersion: baseVersion + 1, modifications };
  }

  #applyChange(change: Frame): void {
    const id = Number(change.queryId);
    if (change.type === "QueryRemoved") {
      this.#shown.delete(id);
      return;
    }
    if (change.type !== "QueryUpdated") this.#wrong(`a query failed: ${JSON.stringify(change)}`);
    this.#shown.set(id, change.value ?? null);
    const query = this.#queries.get(id);
    if (query !== undefined) query.journal = change.journal ?? null;
  }
}
