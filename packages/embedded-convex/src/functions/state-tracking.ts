/**
 * Adds to a module's script what a realm needs to know whether the module keeps
 * state between calls (`realm/module-state.ts` says what is done about it).
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
 * A third thing serves the time limit. V8's termination is lost when it strikes inside
 * the callback by which Node learns of rejected promises, and a loop like
 * `for (;;) try { await fails() } catch {}` spends most of its time there. So asynchronous
 * functions, `await` and `catch` call `tick()`, which never returns once the time is up:
 * there the termination works.
 *
 * Nothing is ever added that contains a line break, so positions are found again by
 * column alone (`Edits.originalColumn`).
 */
import { type AnyNode, parse } from "acorn";
import { EditList, type Edits } from "./edits.ts";
import { ScopeWalk } from "./state-scopes.ts";

/** Parameter of the wrapper function the code refers to. */
export const TRACKER = "$rt";

interface TrackedCode {
  readonly code: string;
  readonly edits: Edits;
}

/** `code` is a CommonJS script. Throws SyntaxError when it does not parse. */
export function trackState(code: string): TrackedCode {
  const program = parse(code, {
    ecmaVersion: "latest",
    sourceType: "script",
    allowReturnOutsideFunction: true,
  });
  const edits = new EditList(code);
  const walk = new ScopeWalk(code, edits, TRACKER);
  walk.module(program as AnyNode);
  return { code: edits.apply(), edits };
}
