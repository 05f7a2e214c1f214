/**
 * The `_components` table: which components are mounted, and which once were.
 *
 * [COMP3] A component that a push no longer mounts keeps its data; mounted again at the
 *         same path it finds it. Its functions, crons and routes are gone meanwhile.
 */
import { isDeepStrictEqual } from "node:util";
import type { JSONValue } from "convex/values";
import type { SystemDocument, Transaction } from "../database/types.ts";
import type { ComponentRow } from "../rooms.ts";

export type StoredComponent = ComponentRow & { readonly _id: string };

export type ComponentChange = "create" | "modify" | "unmount" | "remount";

/** By path, the unmounted ones too. The app is among them once it was pushed. */
export function readComponents(tx: Transaction): ReadonlyMap<string, StoredComponent> {
  const rows = tx.system.query("_components", "by_path").map(asComponent);
  return new Map(rows.map((row) => [row.path, row]));
}

/** What `writeComponents` would do. The app was there before it had a row. */
export function diffComponents(
  tx: Transaction,
  mounted: readonly ComponentRow[],
): ReadonlyMap<string, ComponentChange> {
  const stored = readComponents(tx);
  const paths = new Set(mounted.map(({ path }) => path));
  const gone = [...stored.values()].filter(
    ({ path, state }) => state === "active" && !paths.has(path),
  );
  return new Map([
    ...mounted.map(({ path }) => [path, changeOf(path, stored.get(path))] as const),
    ...gone.map(({ path }) => [path, "unmount"] as const),
  ]);
}

/** Brings the rows to `mounted`. Returns whether anything changed. */
export function writeComponents(tx: Transaction, mounted: readonly ComponentRow[]): boolean {
  const stored = readComponents(tx);
  const unmounted = [...diffComponents(tx, mounted)].filter(([, change]) => change === "unmount");
  for (const [path] of unmounted) {
    tx.system.patch("_components", stored.get(path)?._id ?? "", { state: "unmounted" });
  }
  const written = mounted.filter((component) => {
    const fields = fieldsOf(component);
    const row = stored.get(component.path);
    if (row === undefined) tx.system.insert("_components", fields);
    else if (isDeepStrictEqual(fieldsOf(row), fields)) return false;
    else tx.system.replace("_components", row._id, fields);
    return true;
  });
  return unmounted.length > 0 || written.length > 0;
}

/**
 * Makes a place for data of a component that was never mounted, and of those around it:
 * as if each had been unmounted. Pushed later at the same path, it finds the data.
 */
export function ensureComponent(tx: Transaction, path: string): void {
  const names = path === "" ? [] : path.split("/");
  for (const [i, name] of names.entries()) {
    const place = names.slice(0, i + 1).join("/");
    if (tx.system.query("_components", "by_path", [place]).length > 0) continue;
    const component: ComponentRow = {
      path: place,
      name,
      definition: place, // nothing is deployed under it
      state: "unmounted",
      args: {},
      env: {},
      httpPrefix: null,
      httpMounts: {},
    };
    tx.system.insert("_components", fieldsOf(component));
    tx.within(place).ensureSystemTables();
  }
}

function changeOf(path: string, stored: StoredComponent | undefined): ComponentChange {
  if (stored === undefined) return path === "" ? "modify" : "create";
  return stored.state === "active" ? "modify" : "remount";
}

function fieldsOf(component: ComponentRow): { [field: string]: JSONValue } {
  const { path, name, definition, state, args, env, httpPrefix, httpMounts } = component;
  const fields = { path, name, definition, state, args, env, httpPrefix, httpMounts };
  return fields as unknown as { [field: string]: JSONValue };
}

/** Only this file writes these rows. */
function asComponent(row: SystemDocument): StoredComponent {
  return row as unknown as StoredComponent;
}
