/** A page of a provider's truth, and the walk through its lists, one after the other. */
import type { Statement } from "../validators.ts";

export interface TruthPage {
  readonly statements: readonly Statement[];
  /** Where to read on; null: this was the last page. */
  readonly cursor: string | null;
}

/** One page of one list: `after` is the list's own cursor, null for its beginning and its end. */
export interface ListPage {
  readonly statements: readonly Statement[];
  readonly after: string | null;
}

export type List = (after: string | null) => Promise<ListPage>;

/** Reads the page at a cursor. A cursor of a list that is no more reads as the end. */
export async function readPageOf(
  lists: Readonly<Record<string, List>>,
  cursor: string | null,
): Promise<TruthPage> {
  const names = Object.keys(lists);
  const { list, after } = parse(cursor) ?? { list: names[0] ?? "", after: null };
  const read = lists[list];
  if (read === undefined) return { statements: [], cursor: null };
  const page = await read(after);
  const next = page.after === null ? names[names.indexOf(list) + 1] : list;
  return {
    statements: page.statements,
    cursor: next === undefined ? null : JSON.stringify({ list: next, after: page.after }),
  };
}

/** What an object says now. */
export function statement(type: string, object: unknown, sinceMs: number | null): Statement {
  return { kind: "object", type, object: JSON.stringify(object), sinceMs };
}

function parse(cursor: string | null): { list: string; after: string | null } | null {
  return cursor === null ? null : JSON.parse(cursor);
}
