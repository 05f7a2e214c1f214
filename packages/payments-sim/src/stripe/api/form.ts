/** Reads Stripe's form encoding, `a[b][0][c]=d`, into nested objects and lists. */
import type { Fields } from "../../fields.ts";

type Node = { [key: string]: Node | string };

export function parseForm(text: string): Fields {
  const root: Node = {};
  for (const [name, value] of new URLSearchParams(text)) place(root, pathOf(name), value);
  return fold(root) as Fields;
}

function pathOf(name: string): string[] {
  const [first = "", ...rest] = name.split("[");
  return [first, ...rest.map((part) => part.replace(/\]$/, ""))];
}

function place(root: Node, path: readonly string[], value: string): void {
  let node = root;
  for (const [depth, step] of path.entries()) {
    const key = step === "" ? String(Object.keys(node).length) : step;
    if (depth === path.length - 1) {
      node[key] = value;
      return;
    }
    const next = node[key];
    const child: Node = typeof next === "object" ? next : Object.create(null);
    node[key] = child;
    node = child;
  }
}

/** Groups whose keys are 0, 1, 2, ... are lists. */
function fold(node: Node): unknown {
  const entries = Object.entries(node).map(
    ([key, value]) => [key, typeof value === "string" ? value : fold(value)] as const,
  );
  const isList = entries.length > 0 && entries.every(([key], index) => key === String(index));
  return isList ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
