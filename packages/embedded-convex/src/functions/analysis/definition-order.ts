/** Component definitions in an order in which each comes after those it mounts. */
import { PushError } from "../../errors.ts";
import type { PushedComponent } from "../../rooms.ts";

/** Throws PushError CyclicImport or InvalidDefinition. */
export function definitionOrder(
  components: readonly PushedComponent[],
): readonly PushedComponent[] {
  const byPath = new Map(components.map((component) => [component.path, component]));
  const ordered = new Set<PushedComponent>();
  const visit = (component: PushedComponent, above: readonly string[]) => {
    if (above.includes(component.path)) {
      const cycle = [...above, component.path].join(" -> ");
      throw new PushError(
        "CyclicImport",
        `Component definitions import each other in a circle: ${cycle}`,
      );
    }
    for (const dependency of component.dependencies) {
      const found = byPath.get(dependency);
      if (found === undefined) throw missing(dependency);
      if (!ordered.has(found)) visit(found, [...above, component.path]);
    }
    ordered.add(component);
  };
  for (const component of components) if (!ordered.has(component)) visit(component, []);
  return [...ordered];
}

/** How the CLI writes the import of a definition. */
export function importPathOf(definitionPath: string): string {
  return `_componentDeps/${Buffer.from(definitionPath).toString("base64url")}`;
}

function missing(path: string): PushError {
  return new PushError(
    "InvalidDefinition",
    `The push does not hold the component definition ${path}`,
  );
}
