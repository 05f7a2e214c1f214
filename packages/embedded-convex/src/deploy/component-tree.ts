/**
 * From the definitions of a push to the tree of components: every `use(...)` of a
 * definition is one component, in each place where the definition itself is used.
 *
 * [COMP1] One definition may be mounted many times, also under other components; each
 *         mount is a component of its own, known by its path.
 * [COMP2] What a mount binds must be declared and fit: arguments, variables, HTTP paths;
 *         otherwise the push is refused with TypecheckError naming the component.
 */
import type { JSONValue } from "convex/values";
import { checkValue, parseValidator } from "../database/validators.ts";
import { PushError } from "../errors.ts";
import type { ComponentRow, EnvBinding } from "../rooms.ts";
import type {
  ChildDeclaration,
  ComponentDefinition,
  EnvDeclaration,
} from "./component-definition.ts";

/** A component that the push mounts. */
export interface MountedComponent extends ComponentRow {
  readonly state: "active";
  readonly children: readonly MountedComponent[];
}

export type Definitions = ReadonlyMap<string, ComponentDefinition>;

/** The app with everything below it. Throws PushError TypecheckError. */
export function mountApp(definitions: Definitions, forCodegen: boolean): MountedComponent {
  const app = definitionAt(definitions, "");
  return mount(
    { definitions, forCodegen },
    {
      path: "",
      name: "",
      definition: "",
      state: "active",
      args: {},
      env: {},
      httpPrefix: app.httpPrefix,
      httpMounts: Object.fromEntries(app.httpMounts),
    },
  );
}

/** The component and all below it. */
export function withDescendants(component: MountedComponent): readonly MountedComponent[] {
  return [component, ...component.children.flatMap(withDescendants)];
}

interface Context {
  readonly definitions: Definitions;
  /** The app around a component is made up then: it has no variables to bind. */
  readonly forCodegen: boolean;
}

function mount(context: Context, row: ComponentRow & { state: "active" }): MountedComponent {
  const definition = definitionAt(context.definitions, row.definition);
  const names = definition.children.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw mistake(row.path, `mounts two components named "${twice}"`);
  checkMounts(row.path, definition, names);
  const children = definition.children.map((child) => mountChild(context, row, definition, child));
  return { ...row, children };
}

function mountChild(
  context: Context,
  parent: ComponentRow,
  parentDefinition: ComponentDefinition,
  child: ChildDeclaration,
): MountedComponent {
  const { name, path: definitionPath } = child;
  const path = parent.path === "" ? name : `${parent.path}/${name}`;
  const definition = definitionAt(context.definitions, definitionPath);
  checkArgs(path, definition, child.args);
  if (!context.forCodegen) checkEnv(path, definition.env, child.env, parentDefinition.env);
  return mount(context, {
    path,
    name,
    definition: definitionPath,
    state: "active",
    args: Object.fromEntries(child.args),
    env: Object.fromEntries(bindings(child.env, parent)),
    httpPrefix: prefixOf(name, parent, parentDefinition),
    httpMounts: Object.fromEntries(definition.httpMounts),
  });
}

/** A variable of a component that is not the app is whatever that one is bound to. */
function bindings(
  env: ReadonlyMap<string, EnvBinding>,
  parent: ComponentRow,
): readonly (readonly [string, EnvBinding])[] {
  return [...env].flatMap(([name, binding]) => {
    if (binding.type === "value" || parent.path === "") return [[name, binding] as const];
    const outer = Object.hasOwn(parent.env, binding.name) ? parent.env[binding.name] : undefined;
    return outer === undefined ? [] : [[name, outer] as const];
  });
}

/** Mount paths of the app are absolute, those below a component begin where it is mounted. */
function prefixOf(
  name: string,
  parent: ComponentRow,
  { httpMounts }: ComponentDefinition,
): string | null {
  const [mountPath] = [...httpMounts].find(([, child]) => child === name) ?? [];
  if (mountPath === undefined) return null;
  if (parent.path === "") return mountPath;
  return parent.httpPrefix === null ? null : parent.httpPrefix.replace(/\/$/, "") + mountPath;
}

function checkMounts(
  path: string,
  { httpMounts }: ComponentDefinition,
  names: readonly string[],
): void {
  for (const [mountPath, child] of httpMounts) {
    if (!names.includes(child))
      throw mistake(path, `mounts the HTTP routes of "${child}", which it does not use`);
    if (!mountPath.startsWith("/") || !mountPath.endsWith("/")) {
      throw mistake(
        path,
        `has an HTTP mount that does not begin and end with a slash: ${mountPath}`,
      );
    }
    const around = [...httpMounts.keys()].find(
      (other) => other !== mountPath && mountPath.startsWith(other),
    );
    if (around !== undefined)
      throw mistake(path, `has HTTP mounts that overlap: ${around} and ${mountPath}`);
  }
}

function checkArgs(
  path: string,
  { args: declared }: ComponentDefinition,
  args: ReadonlyMap<string, JSONValue>,
): void {
  for (const [name, value] of args) {
    const validator = declared.get(name);
    if (validator === undefined) throw mistake(path, `has no argument named "${name}"`);
    const problem = checkValue(parseValidator(JSON.parse(validator)), value, {
      tableName: () => null,
    });
    if (problem !== null)
      throw mistake(path, `has an invalid value for argument "${name}": ${problem}`);
  }
}

function checkEnv(
  path: string,
  declared: ReadonlyMap<string, EnvDeclaration>,
  bound: ReadonlyMap<string, EnvBinding>,
  outer: ReadonlyMap<string, EnvDeclaration>,
): void {
  for (const [name, binding] of bound) {
    const declaration = declared.get(name);
    if (declaration === undefined) throw mistake(path, `has no env var named "${name}"`);
    if (binding.type === "value") {
      const validator = parseValidator(JSON.parse(declaration.value));
      const problem = checkValue(validator, binding.value, { tableName: () => null });
      if (problem !== null)
        throw mistake(path, `has an invalid value for env var "${name}": ${problem}`);
      continue;
    }
    const source = outer.get(binding.name);
    if (source === undefined) {
      throw mistake(path, `env var "${name}" references undeclared parent env var ${binding.name}`);
    }
    if (source.optional && !declaration.optional) {
      throw mistake(
        path,
        `env var "${name}" is required, but parent env var ${binding.name} is optional`,
      );
    }
    if (!isNarrower(source.value, declaration.value)) {
      throw mistake(
        path,
        `env var "${name}" validator is not satisfied by parent env var ${binding.name} validator`,
      );
    }
  }
  const missing = [...declared].find(([name, { optional }]) => !optional && !bound.has(name));
  if (missing !== undefined) throw mistake(path, `requires the env var "${missing[0]}"`);
}

/** Every text that fits `inner` fits `outer`; both are made of strings, literals and unions. */
function isNarrower(inner: string, outer: string): boolean {
  const allowed = literalsOf(outer);
  if (allowed === null) return true;
  const given = literalsOf(inner);
  return given?.every((text) => allowed.includes(text)) ?? false;
}

/** Null: every string. */
function literalsOf(json: string): readonly string[] | null {
  const collect = (validator: JSONValue): readonly string[] | null => {
    const { type, value } = validator as { type: string; value?: JSONValue };
    if (type === "literal") return [String(value)];
    if (type !== "union" || !Array.isArray(value)) return null;
    const parts = value.map(collect);
    return parts.includes(null) ? null : parts.flatMap((part) => part ?? []);
  };
  return collect(JSON.parse(json) as JSONValue);
}

function definitionAt(definitions: Definitions, path: string): ComponentDefinition {
  const definition = definitions.get(path);
  if (definition !== undefined) return definition;
  throw new PushError("TypecheckError", `Component definition not found: ${path}`);
}

function mistake(path: string, what: string): PushError {
  const who = path === "" ? "The app" : `Component "${path}"`;
  return new PushError("TypecheckError", `${who} ${what}.`);
}
