/**
 * What a component shows to whoever mounts it: its public functions, a branch for each
 * part of their paths (contract cli 1.6). `components.*` is generated from it.
 */
import type { JSONValue } from "convex/values";
import type { AnalyzedModule } from "../rooms.ts";

interface Branch {
  readonly children: Map<string, Branch | string>;
}

export function exportsOf(modules: ReadonlyMap<string, AnalyzedModule>): JSONValue {
  const root: Branch = { children: new Map() };
  for (const [path, { functions }] of [...modules].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const module = path.replace(/\.js$/, "");
    for (const { name, visibility } of functions) {
      if (visibility?.kind !== "public") continue;
      const branch = module.split("/").reduce(branchAt, root);
      branch.children.set(name, `_reference/function/${module}:${name}`);
    }
  }
  return branchJson(root);
}

function branchAt({ children }: Branch, name: string): Branch {
  const known = children.get(name);
  if (known !== undefined && typeof known !== "string") return known;
  const branch: Branch = { children: new Map() };
  children.set(name, branch);
  return branch;
}

function branchJson({ children }: Branch): JSONValue {
  const branch = [...children].map(([name, child]): JSONValue => {
    return [name, typeof child === "string" ? { type: "leaf", leaf: child } : branchJson(child)];
  });
  return { type: "branch", branch };
}
