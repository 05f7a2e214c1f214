/**
 * The functions of the histories, pushed and run as any app's: they do the steps they are
 * told and return what they saw.
 */
import {
  type GenericDatabaseWriter,
  makeFunctionReference,
  mutationGeneric,
  queryGeneric,
} from "convex/server";
import { ConvexError, type GenericId, v } from "convex/values";
import type { Content, FoundRow, Observation } from "../checker/history.ts";
import type { ChangeKind, Place, RangeStep, Step } from "../plan.ts";
import type { RowDocument, RowModel } from "../rows.ts";

interface Args {
  /** Begins the names of versions and jobs. */
  readonly name: string;
  readonly firstRows: readonly string[];
  readonly steps: readonly Step[];
  readonly fails: boolean;
}

type Database = GenericDatabaseWriter<RowModel>;

/** What a transaction can do besides reading and writing rows. */
interface Calls {
  nested(args: Args): Promise<unknown>;
  schedule(args: Args): Promise<unknown>;
}

declare const Convex: { asyncSyscall(op: string, args: string): Promise<string> };

const CHANGE = makeFunctionReference<"mutation">("transactions:change");

export const change = mutationGeneric({
  args: v.any(),
  handler: async (ctx, args: Args): Promise<Observation[]> => {
    const calls: Calls = {
      nested: (nested) => ctx.runMutation(CHANGE, { ...nested }),
      schedule: (job) => ctx.scheduler.runAfter(0, CHANGE, { ...job }),
    };
    const observations = await new Steps(ctx.db as unknown as Database, calls, args).all();
    if (args.fails) throw new ConvexError(observations as never);
    return observations;
  },
});

export const look = queryGeneric({
  args: v.any(),
  handler: async (ctx, args: Args): Promise<Observation[]> => {
    const refuse = () => Promise.reject(new Error("a query only reads"));
    const calls = { nested: refuse, schedule: refuse };
    return new Steps(ctx.db as unknown as Database, calls, args).all();
  },
});

class Steps {
  readonly #db: Database;
  readonly #calls: Calls;
  readonly #args: Args;
  readonly #seen: Observation[] = [];
  #hasPaginated = false;
  /** Another one for every attempt: what an attempt that was given up wrote has its own names. */
  readonly #attempt = Math.random().toString(36).slice(2, 8);

  constructor(db: Database, calls: Calls, args: Args) {
    this.#db = db;
    this.#calls = calls;
    this.#args = args;
  }

  async all(): Promise<Observation[]> {
    for (const step of this.#args.steps) await this.#one(step);
    return this.#seen;
  }

  async #one(step: Step): Promise<void> {
    switch (step.kind) {
      case "get":
        await this.#get(step.row);
        break;
      case "range":
        await this.#range(step);
        break;
      case "change": {
        const row = await this.#get(step.row);
        if (row !== null) await this.#change(row, step.how, step.to);
        break;
      }
      case "changeFound": {
        const row = (await this.#range(step.range))[step.nth];
        if (row !== undefined) await this.#change(row, step.how, step.to);
        break;
      }
      case "insert":
        await this.#insert(step.to);
        break;
      case "insertIfAbsent":
        await this.#insertIfAbsent(step.to);
        break;
      case "nested":
        await this.#nested(step.steps, step.fails);
        break;
      case "schedule":
        await this.#schedule(step.steps);
        break;
      case "pause":
        await pause();
        break;
      default:
        step satisfies never;
    }
  }

  async #get(nth: number): Promise<RowDocument | null> {
    const id = this.#args.firstRows[nth] as GenericId<"rows">;
    const document = await this.#db.get(id);
    this.#seen.push({ kind: "get", row: id, found: document === null ? null : foundOf(document) });
    return document;
  }

  async #range(step: RangeStep): Promise<RowDocument[]> {
    const { documents, isComplete } = await this.#read(step);
    const { group, from, to, descending } = step;
    this.#seen.push({
      kind: "range",
      range: { group, from, to },
      found: documents.map(foundOf),
      stopped: isComplete ? null : descending ? "desc" : "asc",
    });
    return documents;
  }

  async #read(step: RangeStep): Promise<{ documents: RowDocument[]; isComplete: boolean }> {
    const query = this.#queryOf(step);
    if (step.limit === null) return { documents: await query.collect(), isComplete: true };
    // A function may read one page only.
    if (step.by === "page" && !this.#hasPaginated) {
      this.#hasPaginated = true;
      const page = await query.paginate({ numItems: step.limit, cursor: null });
      return { documents: page.page, isComplete: page.isDone };
    }
    const documents = await query.take(step.limit);
    return { documents, isComplete: documents.length < step.limit };
  }

  #queryOf({ group, from, to, by, descending }: RangeStep) {
    const order = descending ? "desc" : "asc";
    const rows = this.#db.query("rows");
    if (group === null) {
      return rows.withIndex("by_place", (q) => q.gte("place", from).lte("place", to)).order(order);
    }
    if (by === "filter") {
      const all = rows
        .withIndex("by_place", (q) => q.gte("place", from).lte("place", to))
        .order(order);
      // eslint-disable-next-line @convex-dev/no-filter-in-query -- rows that a filter rejects count as read
      return all.filter((q) => q.eq(q.field("group"), group));
    }
    return rows
      .withIndex("by_group", (q) => q.eq("group", group).gte("place", from).lte("place", to))
      .order(order);
  }

  async #change({ _id, ...old }: RowDocument, how: ChangeKind, to: Place): Promise<void> {
    const version = this.#newName();
    let content: Content | null = { group: old.group, place: old.place };
    if (how === "remove") {
      content = null;
      await this.#db.delete(_id);
    } else {
      if (how === "move") content = to;
      const items = how === "append" ? [...old.items, version] : [version];
      await this.#db.patch(_id, { ...content, version, items });
    }
    this.#seen.push({ kind: "write", row: _id, version, over: old.version, content });
  }

  async #insert(to: Place): Promise<void> {
    const version = this.#newName();
    const row = await this.#db.insert("rows", { ...to, version, items: [version] });
    this.#seen.push({ kind: "write", row, version, over: null, content: to });
  }

  async #insertIfAbsent(to: Place): Promise<void> {
    const { group, place } = to;
    const first = await this.#db
      .query("rows")
      .withIndex("by_group", (q) => q.eq("group", group).eq("place", place))
      .first();
    this.#seen.push({
      kind: "range",
      range: { group, from: place, to: place },
      found: first === null ? [] : [foundOf(first)],
      stopped: first === null ? null : "asc",
    });
    if (first === null) await this.#insert(to);
  }

  async #nested(steps: readonly Step[], fails: boolean): Promise<void> {
    const args = { ...this.#args, steps, fails };
    let observations: unknown;
    let isRolledBack = false;
    try {
      observations = await this.#calls.nested(args);
    } catch (error) {
      if (!(error instanceof ConvexError)) throw error;
      observations = error.data;
      isRolledBack = true;
    }
    this.#seen.push({
      kind: "nested",
      observations: observations as Observation[],
      isRolledBack,
    });
  }

  async #schedule(steps: readonly Step[]): Promise<void> {
    const job = this.#newName();
    await this.#calls.schedule({ ...this.#args, name: job, steps, fails: false });
    this.#seen.push({ kind: "schedule", job });
  }

  #newName(): string {
    return `${this.#args.name}.${this.#seen.length}~${this.#attempt}`;
  }
}

function foundOf({ _id, version, group, place, items }: RowDocument): FoundRow {
  return { row: _id, version, content: { group, place }, items };
}

/** `ctx.storage.store`, as files are stored: the one wait that a mutation can have. */
async function pause(): Promise<void> {
  const file = { requestId: "", blob: "", contentType: "text/plain" };
  await Convex.asyncSyscall("1.0/storageStore", JSON.stringify(file));
}
