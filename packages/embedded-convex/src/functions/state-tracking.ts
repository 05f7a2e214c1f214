/**
 * Adds to a module's script what a realm needs to know whether the module keeps
 * state between calls (`realm/module-state.ts` says what is done about it), and the
 * ticks by which the time limit reaches it (`tick-points.ts`).
 *
 *   let n = 0;                              let n = 0;
 *   function next() { return ++n; }    ->   function next() { return ($rt.dirty(), ++n); }
 *
 * State lives in variables that a nested function captures. Two things are added:
 * where such a variable is written by a nested function, `dirty()`, if the function
 * that declares it ran during the import (the module itself always did); and where
 * it is declared, a thunk by which its value is found and frozen after the import.
 * Private fields are treated like captured variables of their instance.
 *
 * Nothing is ever added that contains a line break, so positions are found again by
 * column alone (`Edits.originalColumn`).
 */
import { type AnyNode, parse } from "acorn";
import { EditList, type Edits } from "./edits.ts";
import { ScopeWalk } from "./state-scopes.ts";
import { addTicks } from "./tick-points.ts";

/** Parameter of the wrapper function the code refers to. */
export const TRACKER = "$rt";

export interface TrackedCode {
  readonly code: string;
  readonly edits: Edits;
  /** The variable that the ticks count down; the wrapper declares it, as 0. */
  readonly fuel: string;
}

/** `code` is a CommonJS script as esbuild prints it. Throws SyntaxError when it does not parse. */
export function trackState(code: string): TrackedCode {
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "script",
    allowReturnOutsideFunction: true,
    preserveParens: true,
  }) as AnyNode;
  const edits = new EditList(code);
  const fuel = unusedName(code, "$fuel");
  const walk = new ScopeWalk(code, edits, TRACKER);
  // In this order: blocks are put around a whole body, the rest around expressions in them.
  walk.addDeclarations(program);
  addTicks(program, edits, { tracker: TRACKER, fuel });
  walk.addMarks();
  return { code: edits.apply(), edits, fuel };
}

function unusedName(code: string, name: string): string {
  return code.includes(name) ? unusedName(code, `${name}_`) : name;
}
