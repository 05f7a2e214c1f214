/** Turns `import(x)` into `$rt.load(x)`, where nothing else is tracked (actions, analysis). */
import { type AnyNode, parse } from "acorn";
import { EditList } from "./edits.ts";

/** Same lines; columns after such an import on the same line move by two. */
export function redirectImports(code: string, tracker: string): string {
  if (!code.includes("import(")) return code;
  const edits = new EditList(code);
  const waiting: unknown[] = [
    parse(code, { ecmaVersion: "latest", allowReturnOutsideFunction: true }),
  ];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (typeof node !== "object" || node === null) continue;
    const { type, start } = node as AnyNode;
    if (type === "ImportExpression") edits.replace(start, "import".length, `${tracker}.load`);
    waiting.push(...Object.values(node));
  }
  return edits.apply();
}
