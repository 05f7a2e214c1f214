/**
 * Which function a system call means, seen from the component that makes it
 * (contract 3.9, 3.10).
 *
 *   name, `_reference/function/...`         a function of the same component
 *   `_reference/childComponent/x/mod/fn`    what its child x shows: public functions only
 *   functionHandle                          whatever function the handle was made for
 *
 * [COMP4] A component reaches its own functions, public functions of its children, and what
 *         it holds a handle of; nothing else.
 * [COMP5] Identity stays within the app: in every call into, out of or within a component
 *         nobody is signed in. Only an admin stays an admin.
 */
import type { JSONValue } from "convex/values";
import type { Database } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import { parseFunctionPath } from "../function-path.ts";
import type { FunctionAddress, Identity } from "../rooms.ts";
import { childPath } from "./deployed-component.ts";
import type { DeploymentVersion } from "./deployment-version.ts";
import { parseHandle } from "./function-handles.ts";

const FUNCTION_PREFIX = "_reference/function/";
const CHILD_PREFIX = "_reference/childComponent/";

/** Throws DeveloperError when there is no such function to be reached from here. */
export function resolveAddress(
  args: { readonly [key: string]: JSONValue },
  component: string,
  doors: { readonly version: DeploymentVersion; readonly database: Pick<Database, "seal"> },
): FunctionAddress {
  const { name, reference, functionHandle: handle } = args;
  if (typeof handle === "string") return parseHandle(handle, doors.database);
  if (typeof name === "string") return checked(component, name);
  if (typeof reference !== "string") throw new DeveloperError("Missing function address");
  if (reference.startsWith(FUNCTION_PREFIX)) {
    return checked(component, reference.slice(FUNCTION_PREFIX.length));
  }
  if (reference.startsWith(CHILD_PREFIX)) {
    const [child = "", ...attributes] = reference.slice(CHILD_PREFIX.length).split("/");
    return childFunction(doors.version, childPath(component, child), attributes);
  }
  throw new DeveloperError(`Couldn't resolve ${reference}`, "InvalidReference");
}

/** What `callee` may know of who calls. */
export function identityAcross(identity: Identity, caller: string, callee: string): Identity {
  const isPlainAdmin = identity.kind === "admin" && identity.actingAs === null;
  return isPlainAdmin || (caller === "" && callee === "") ? identity : { kind: "none" };
}

function childFunction(
  version: DeploymentVersion,
  component: string,
  attributes: readonly string[],
): FunctionAddress {
  if (!version.components.has(component)) {
    throw new DeveloperError(`Child component "${component}" not found`, "InvalidReference");
  }
  const address = checked(
    component,
    `${attributes.slice(0, -1).join("/")}:${attributes.at(-1) ?? ""}`,
  );
  if (version.find(address)?.analyzed.visibility?.kind === "public") return address;
  throw new DeveloperError(
    `Child component "${component}" does not export ${attributes.join("/")}`,
    "InvalidReference",
  );
}

function checked(component: string, text: string): FunctionAddress {
  const parsed = parseFunctionPath(text);
  if (!parsed.ok) throw new DeveloperError(parsed.message);
  return { component, path: parsed.path };
}
