/** Whop's lists: cursors in `after` and `before`, sizes in `first` and `last`, newest first unless `direction=asc`. */
import { refuse } from "../refusal.ts";

export type Listed = { id: string; created_at: string };

const DEFAULT_SIZE = 20;
const MAX_SIZE = 100;

/** [PLST2] Following end_cursor while has_next_page gives every object once. */
export function page<T extends Listed>(objects: readonly T[], query: URLSearchParams) {
  const ordered = query.get("direction") === "asc" ? [...objects] : [...objects].reverse();
  const all = ordered.filter((object) => isWithin(object, query));
  const backwards = query.has("before") || (query.has("last") && !query.has("first"));
  const size = sizeOf(query.get(backwards ? "last" : "first"));
  const end = query.has("before") ? place(all, query.get("before")) : all.length;
  const start = backwards
    ? Math.max(0, end - size)
    : query.has("after")
      ? place(all, query.get("after")) + 1
      : 0;
  const data = all.slice(start, backwards ? end : start + size);
  const [first, last] = [data[0], data.at(-1)];
  return {
    data,
    page_info: {
      end_cursor: last === undefined ? null : cursorOf(last),
      start_cursor: first === undefined ? null : cursorOf(first),
      has_next_page: start + data.length < all.length,
      has_previous_page: start > 0,
    },
  };
}

function cursorOf({ id }: Listed): string {
  return Buffer.from(id).toString("base64url");
}

function place(objects: readonly Listed[], cursor: string | null): number {
  const id = Buffer.from(cursor ?? "", "base64url").toString();
  const index = objects.findIndex((object) => object.id === id);
  if (index < 0) throw refuse.invalid("after", "The cursor is of no object in this list.");
  return index;
}

function sizeOf(text: string | null): number {
  const size = text === null ? DEFAULT_SIZE : Number(text);
  if (!Number.isInteger(size) || size < 1)
    throw refuse.invalid("first", "first must be at least 1.");
  return Math.min(size, MAX_SIZE);
}

function isWithin({ created_at: at }: Listed, query: URLSearchParams): boolean {
  const after = query.get("created_after");
  const before = query.get("created_before");
  const ms = Date.parse(at);
  return (after === null || ms > Date.parse(after)) && (before === null || ms < Date.parse(before));
}
