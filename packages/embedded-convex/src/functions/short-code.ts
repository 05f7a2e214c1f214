/**
 * Code that needs no ticks of its own, because it is over at once wherever it runs: small
 * functions and loops of which hashing and drawing random numbers are made.
 *
 *   (a, b, c) => (a & b) ^ (~a & c)           computes from its parameters, calls nothing
 *   for (let i = 16; i < 64; i++) { ... }     goes around a fixed number of times
 */
import type { AnyNode } from "acorn";
import { isNode } from "./assignment-targets.ts";

const MAX_ROUNDS = 256;

/**
 * A function of which nothing but its own parameters and variables, numbers and operators are
 * used. An operator may call a method of an object, but passes nothing on, so that methods of
 * this kind never call each other for long. It makes no object: one would do as an iterator's
 * answer, and the platform goes on asking an iterator without end.
 */
export function isShortFunction(params: readonly AnyNode[], body: AnyNode): boolean {
  const names = new Set<string>();
  for (const parameter of params) {
    if (parameter.type !== "Identifier") return false;
    names.add(parameter.name);
  }
  return computes(body, names);
}

function computes(node: AnyNode, names: Set<string>): boolean {
  switch (node.type) {
    case "Literal":
      return typeof node.value === "number";
    case "Identifier":
      return names.has(node.name);
    case "ReturnStatement":
      return node.argument == null || computes(node.argument, names);
    case "BlockStatement":
      return node.body.every((statement) => computes(statement, names));
    case "VariableDeclaration":
      return node.declarations.every(({ id, init }) => {
        if (id.type !== "Identifier" || !isNode(init) || !computes(init, names)) return false;
        names.add(id.name);
        return true;
      });
    case "ParenthesizedExpression":
      return computes(node.expression, names);
    case "UnaryExpression":
      return node.operator !== "delete" && computes(node.argument, names);
    case "BinaryExpression":
      return computes(node.left as AnyNode, names) && computes(node.right, names);
    case "LogicalExpression":
      return computes(node.left, names) && computes(node.right, names);
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate].every((part) => computes(part, names));
    default:
      return false;
  }
}

/** `for (let i = 0; i < 64; i++)`, whose `i` nothing else changes and with no loop inside. */
export function isShortLoop(node: AnyNode): boolean {
  if (node.type !== "ForStatement") return false;
  const { init, test, update, body } = node;
  if (init?.type !== "VariableDeclaration" || init.kind !== "let") return false;
  const [counter] = init.declarations;
  if (counter?.id.type !== "Identifier" || numberOf(counter.init) === null) return false;
  const { name } = counter.id;
  const rounds = roundsOf(test, name) - (numberOf(counter.init) ?? 0);
  if (!(rounds <= MAX_ROUNDS)) return false;
  const [step, ...others] = update?.type === "SequenceExpression" ? update.expressions : [update];
  return isStep(step, name) && [body, ...others].every((part) => leavesAlone(part, name));
}

function roundsOf(test: unknown, name: string): number {
  if (!isNode(test) || test.type !== "BinaryExpression" || test.operator !== "<") return Infinity;
  if (test.left.type !== "Identifier" || test.left.name !== name) return Infinity;
  return numberOf(test.right) ?? Infinity;
}

function isStep(step: unknown, name: string): boolean {
  if (!isNode(step)) return false;
  if (step.type === "UpdateExpression")
    return step.operator === "++" && isNamed(step.argument, name);
  if (step.type !== "AssignmentExpression" || step.operator !== "+=") return false;
  return isNamed(step.left, name) && (numberOf(step.right) ?? 0) >= 1;
}

/** No assignment to the counter, and no function that might hide one; no loop either. */
function leavesAlone(node: unknown, name: string): boolean {
  if (!isNode(node)) return true;
  if (/Function|Class|^(For|While|DoWhile)/.test(node.type)) return false;
  if (node.type === "UpdateExpression" && isNamed(node.argument, name)) return false;
  if (node.type === "AssignmentExpression" && !isPlainTarget(node.left, name)) return false;
  return Object.values(node)
    .flat()
    .every((child) => leavesAlone(child, name));
}

function isPlainTarget(target: AnyNode, name: string): boolean {
  if (target.type === "MemberExpression") return true;
  return target.type === "Identifier" && target.name !== name;
}

function isNamed(node: AnyNode, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

function numberOf(node: unknown): number | null {
  return isNode(node) && node.type === "Literal" && typeof node.value === "number"
    ? node.value
    : null;
}
