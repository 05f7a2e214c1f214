/** Signals, sources and rules by id, each read once an execution: many rows point at the same few. */
import { PLAIN_RULES, type RouteRules } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";

export class KnownRows {
  readonly #ctx: { readonly db: DatabaseReader };
  readonly #signals = new Map<Id<"signals">, Promise<Doc<"signals"> | null>>();
  readonly #sources = new Map<Id<"sources">, Promise<Doc<"sources"> | null>>();

  readonly #rules = new Map<Id<"routeRules">, Promise<Doc<"routeRules"> | null>>();

  constructor(ctx: { readonly db: DatabaseReader }) {
    this.#ctx = ctx;
  }

  /** The signal, or null. */
  async signal(signalId: Id<"signals">): Promise<Doc<"signals"> | null> {
    const known = this.#signals.get(signalId) ?? this.#ctx.db.get("signals", signalId);
    this.#signals.set(signalId, known);
    return await known;
  }

  /** The name of the source, or empty text if there is none. */
  async sourceName(sourceId: Id<"sources">): Promise<string> {
    const known = this.#sources.get(sourceId) ?? this.#ctx.db.get("sources", sourceId);
    this.#sources.set(sourceId, known);
    return (await known)?.name ?? "";
  }

  /** The rules, plain ones for none. */
  async rules(rulesId: Id<"routeRules"> | undefined): Promise<RouteRules> {
    if (rulesId === undefined) return PLAIN_RULES;
    const known = this.#rules.get(rulesId) ?? this.#ctx.db.get("routeRules", rulesId);
    this.#rules.set(rulesId, known);
    return (await known) ?? PLAIN_RULES;
  }
}
