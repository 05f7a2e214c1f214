/** The official client, unmodified, watching a world of the `disorder` fixture. */
import { BaseConvexClient } from "convex/browser";
import type { Acknowledged, Snapshot } from "./ledger-history.ts";

export class OfficialViewer {
  readonly snapshots: Snapshot[] = [];
  readonly acknowledged: Acknowledged[] = [];
  readonly violations: string[] = [];
  readonly #client: BaseConvexClient;
  readonly #name: string;
  readonly #world: string;
  readonly #accounts: readonly string[];
  #ts = 0n;

  constructor(name: string, url: string, world: string, accounts: readonly string[]) {
    this.#name = name;
    this.#world = world;
    this.#accounts = accounts;
    this.#client = new BaseConvexClient(url, () => {}, {
      unsavedChangesWarning: false,
      logger: false,
    });
    for (const query of ["moves", "total", "latest"]) {
      this.#client.subscribe(`ledger:${query}`, { world });
    }
    for (const account of accounts) this.#client.subscribe("ledger:balance", { world, account });
    this.#client.addOnTransitionHandler(({ timestamp: { low, high } }) => {
      this.#ts = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
      this.#record();
    });
  }

  get shownMoves(): number | null {
    const moves = this.#client.localQueryResult("ledger:moves", { world: this.#world });
    return typeof moves === "number" ? moves : null;
  }

  get connections(): number {
    return this.#client.connectionState().connectionCount;
  }

  /** Resolves when the client says so; what it shows by then must have it. */
  async move(op: string, from: string, to: string): Promise<number> {
    const args = { world: this.#world, op, from, to, amount: 1 };
    const number = Number(await this.#client.mutation("ledger:move", args));
    const shown = this.shownMoves;
    if (shown !== null && shown < number) {
      this.violations.push(`${this.#name} resolved move ${number} while showing ${shown}`);
    }
    return number;
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  #record(): void {
    const { shownMoves: moves } = this;
    if (moves === null) return;
    const at = (query: string, more = {}) =>
      this.#client.localQueryResult(`ledger:${query}`, { world: this.#world, ...more });
    const balances = this.#accounts.flatMap((account): [string, number][] => {
      const amount = at("balance", { account });
      return typeof amount === "number" ? [[account, amount]] : [];
    });
    const [total, latest] = [at("total"), at("latest")];
    this.snapshots.push({
      client: this.#name,
      ts: this.#ts,
      moves,
      total: typeof total === "number" ? total : null,
      latest: (latest as string[] | undefined) ?? null,
      balances: new Map(balances),
      page: null,
    });
  }
}
