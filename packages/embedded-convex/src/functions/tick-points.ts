/**
 * Adds ticks to a module's script: no code runs for long without passing one, and a tick
 * throws when the user time is up. So a realm can be entered without a time limit, whose
 * thread costs Node more than most functions take.
 *
 *   for (;;) work();             for (;;) {if(--$fuel<0)$fuel=$rt.refuel();work();}
 *   function f() { ... }    ->   function f() {if(--$fuel<0)$fuel=$rt.refuel(); ... }
 *   x => value                   x => (--$fuel<0&&($fuel=$rt.refuel()),value)
 *
 * What runs without end goes around a loop or calls functions, so these tick: the start of
 * each loop's body and of each function's, what a class computes for each instance's fields,
 * and the default values of generators' parameters (which run at the call, when the body does
 * not). Everything else is as long as its text, or over at once (`short-code.ts`). Once one
 * tick has thrown, the fuel stays below zero and the next ones throw, too: code that catches
 * gets no further.
 *
 * Not seen are code made from text and what the platform itself does; `slices.ts` and
 * `realm/searches.ts` say how those end.
 */
import type { AnyNode } from "acorn";
import { isNode } from "./assignment-targets.ts";
import type { EditList } from "./edits.ts";
import { isShortFunction, isShortLoop } from "./short-code.ts";

interface TickNames {
  readonly tracker: string;
  readonly fuel: string;
}

type FunctionNode = AnyNode & {
  type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression";
};

/** `program` is parsed with `preserveParens`. */
export function addTicks(program: AnyNode, edits: EditList, names: TickNames): void {
  new TickWalk(edits, names).visit(program);
}

class TickWalk {
  readonly #edits: EditList;
  readonly #statement: string;
  readonly #expression: string;

  constructor(edits: EditList, { tracker, fuel }: TickNames) {
    this.#edits = edits;
    this.#statement = `if(--${fuel}<0)${fuel}=${tracker}.refuel();`;
    this.#expression = `--${fuel}<0&&(${fuel}=${tracker}.refuel())`;
  }

  visit(node: AnyNode): void {
    this.#tick(node);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value])
        if (isNode(child)) this.visit(child);
    }
  }

  #tick(node: AnyNode): void {
    switch (node.type) {
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
        if (!isShortLoop(node)) this.#inLoop(node.body as AnyNode);
        return;
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        if (!isShortFunction(node.params as AnyNode[], node.body as AnyNode))
          this.#inFunction(node);
        return;
      case "PropertyDefinition":
        if (isNode(node.value)) this.#beforeValue(node.value);
        return;
      default:
        return;
    }
  }

  #inLoop(body: AnyNode): void {
    if (body.type === "BlockStatement") this.#edits.insert(body.start + 1, this.#statement);
    else this.#edits.wrap(body, `{${this.#statement}`, "}");
  }

  #inFunction(node: FunctionNode): void {
    const body = node.body as AnyNode;
    if (body.type === "BlockStatement") this.#edits.insert(afterDirectives(body), this.#statement);
    else this.#before(body);
    if (node.generator) for (const parameter of node.params) this.#inDefaults(parameter as AnyNode);
  }

  #before(expression: AnyNode): void {
    this.#edits.wrap(expression, `(${this.#expression},`, ")");
  }

  /** What is named after where it stands (`x = () => 1`) must stay as it is. */
  #beforeValue(value: AnyNode): void {
    const bare = withoutParentheses(value);
    if (bare.type === "ClassExpression" && !bare.id) {
      this.#edits.insert(bare.body.start + 1, `static{${this.#statement}}`);
    } else if (bare.type !== "ArrowFunctionExpression" && !isUnnamedFunction(bare)) {
      this.#before(value);
    }
  }

  #inDefaults(pattern: AnyNode): void {
    switch (pattern.type) {
      case "AssignmentPattern":
        this.#beforeValue(pattern.right as AnyNode);
        this.#inDefaults(pattern.left as AnyNode);
        return;
      case "ArrayPattern":
        for (const element of pattern.elements) if (element !== null) this.#inDefaults(element);
        return;
      case "ObjectPattern":
        for (const property of pattern.properties) {
          if (property.type === "Property") this.#inDefaults(property.value as AnyNode);
        }
        return;
      default:
        return;
    }
  }
}

function withoutParentheses(value: AnyNode): AnyNode {
  return value.type === "ParenthesizedExpression"
    ? withoutParentheses(value.expression as AnyNode)
    : value;
}

function isUnnamedFunction(value: AnyNode): boolean {
  return value.type === "FunctionExpression" && !value.id;
}

/** Where the first statement of a function's body may be put. */
export function afterDirectives(body: AnyNode): number {
  const statements = (body as { body: AnyNode[] }).body;
  const directives = statements.filter(
    (statement) => "directive" in statement && statement.directive !== undefined,
  );
  return directives.at(-1)?.end ?? body.start + 1;
}
