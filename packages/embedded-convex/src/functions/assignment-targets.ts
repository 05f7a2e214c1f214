/** What an assignment or a declaration assigns: names and members, through every kind of pattern. */
import type { AnyNode } from "acorn";

export function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { type?: unknown }).type === "string"
  );
}

/** Calls `onTarget` for each name or member a pattern assigns, `onValue` for defaults and computed keys. */
export function forEachTarget(
  pattern: AnyNode,
  onTarget: (node: AnyNode) => void,
  onValue: (node: AnyNode) => void,
): void {
  switch (pattern.type) {
    case "ObjectPattern":
      for (const property of pattern.properties) {
        if (property.type === "RestElement")
          forEachTarget(property.argument as AnyNode, onTarget, onValue);
        else {
          if (property.computed) onValue(property.key as AnyNode);
          forEachTarget(property.value as AnyNode, onTarget, onValue);
        }
      }
      return;
    case "ArrayPattern":
      for (const element of pattern.elements) {
        if (element !== null) forEachTarget(element as AnyNode, onTarget, onValue);
      }
      return;
    case "AssignmentPattern":
      onValue(pattern.right);
      forEachTarget(pattern.left as AnyNode, onTarget, onValue);
      return;
    case "RestElement":
      forEachTarget(pattern.argument as AnyNode, onTarget, onValue);
      return;
    case "ParenthesizedExpression":
      forEachTarget(pattern.expression as AnyNode, onTarget, onValue);
      return;
    default:
      onTarget(pattern);
      return;
  }
}
