/** Stripe's lists: newest first, `limit`, `starting_after` or `ending_before`, and `created` ranges. */
import { type Fields, isFields, readText, readWhole } from "../../fields.ts";
import { refuse } from "../../refusal.ts";

export type Listed = { id: string; created?: number };

export type Page<T> = { object: "list"; url: string; has_more: boolean; data: T[] };

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** [PLST1] Walking the pages gives every object once, also while new ones arrive. */
export function page<T extends Listed>(objects: Iterable<T>, query: Fields, url: string): Page<T> {
  const limit = readWhole(query, "limit", { min: 1, max: MAX_LIMIT }) ?? DEFAULT_LIMIT;
  const all = [...objects].reverse().filter((object) => isCreatedWithin(object, query.created));
  const after = readText(query, "starting_after");
  const before = readText(query, "ending_before");
  if (before !== undefined) {
    const end = indexOf(all, before);
    const start = Math.max(0, end - limit);
    return { object: "list", url, has_more: start > 0, data: all.slice(start, end) };
  }
  const start = after === undefined ? 0 : indexOf(all, after) + 1;
  const data = all.slice(start, start + limit);
  return { object: "list", url, has_more: start + limit < all.length, data };
}

function indexOf(objects: readonly Listed[], id: string): number {
  const index = objects.findIndex((object) => object.id === id);
  if (index < 0) throw refuse.missing("object", id);
  return index;
}

function isCreatedWithin({ created = 0 }: Listed, wanted: unknown): boolean {
  if (typeof wanted === "string") return created === Number(wanted);
  if (!isFields(wanted)) return true;
  const bound = (name: string) => readWhole(wanted, name);
  const [gt, gte, lt, lte] = [bound("gt"), bound("gte"), bound("lt"), bound("lte")];
  return (
    (gt === undefined || created > gt) &&
    (gte === undefined || created >= gte) &&
    (lt === undefined || created < lt) &&
    (lte === undefined || created <= lte)
  );
}
