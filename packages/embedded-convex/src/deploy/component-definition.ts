/** What `definition.export()` says about one component definition (contract cli 1.5), read into types. */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import type { EnvBinding } from "../rooms.ts";

/** Of an environment variable: its validator, as JSON text. */
export interface EnvDeclaration {
  readonly value: string;
  readonly optional: boolean;
}

export interface ChildDeclaration {
  readonly name: string;
  /** Path of its definition. */
  readonly path: string;
  readonly args: ReadonlyMap<string, JSONValue>;
  readonly env: ReadonlyMap<string, EnvBinding>;
}

export interface ComponentDefinition {
  readonly children: readonly ChildDeclaration[];
  readonly env: ReadonlyMap<string, EnvDeclaration>;
  /** Validators of arguments, as JSON text. */
  readonly args: ReadonlyMap<string, string>;
  /** Child by mount path. */
  readonly httpMounts: ReadonlyMap<string, string>;
  readonly httpPrefix: string | null;
}

type Pairs<T> = readonly (readonly [string, T])[];

/** What `convex/server` exports; everything is optional because its versions differ. */
interface Exported {
  readonly childComponents?: readonly {
    readonly name: string;
    readonly path: string;
    readonly args?: Pairs<{ readonly value: string }> | null;
    readonly env?: Pairs<EnvBinding> | null;
  }[];
  readonly definitionType?: { readonly args?: Pairs<{ readonly value: string }> };
  readonly envVars?: Pairs<{ readonly value: string; readonly optional?: boolean }>;
  readonly httpMounts?: Readonly<Record<string, string>>;
  readonly httpPrefix?: string;
}

const CHILD = "_reference/childComponent/";
const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** Throws PushError InvalidDefinition. */
export function readDefinition(exported: JSONValue): ComponentDefinition {
  const { childComponents, definitionType, envVars, httpMounts, httpPrefix } = exported as Exported;
  return {
    children: (childComponents ?? []).map(({ name, path, args, env }) => ({
      name: checkedName(name),
      path,
      args: new Map((args ?? []).map(([arg, { value }]) => [arg, JSON.parse(value) as JSONValue])),
      env: new Map(env ?? []),
    })),
    env: new Map(
      (envVars ?? []).map(([name, { value, optional }]) => [
        name,
        { value, optional: optional === true },
      ]),
    ),
    args: new Map((definitionType?.args ?? []).map(([name, { value }]) => [name, value])),
    httpMounts: new Map(
      Object.entries(httpMounts ?? {}).map(([mount, reference]) => [
        mount,
        mountedChild(reference),
      ]),
    ),
    httpPrefix: httpPrefix ?? null,
  };
}

export function isComponentName(name: string): boolean {
  return NAME.test(name);
}

function checkedName(name: string): string {
  if (isComponentName(name)) return name;
  throw new PushError(
    "InvalidDefinition",
    `Component name ${JSON.stringify(name)} must be at most 64 letters, digits and underscores, beginning with a letter.`,
  );
}

function mountedChild(reference: string): string {
  if (reference.startsWith(CHILD)) return reference.slice(CHILD.length);
  throw new PushError("InvalidDefinition", `Only components can be mounted, not ${reference}.`);
}
