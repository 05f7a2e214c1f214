/**
 * Function paths as callers write them, brought into the one form the engine uses:
 * `dir/module:function`, without `.js`, `default` when the function is left out.
 */

export type ParsedPath =
  | { readonly ok: true; readonly path: string }
  /** In the contract's words, to be shown to the caller. */
  | { readonly ok: false; readonly message: string };

const MODULE_PART = /^[A-Za-z0-9_.]{1,64}$/;
const FUNCTION_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

export function parseFunctionPath(text: string): ParsedPath {
  const colon = text.lastIndexOf(":");
  const modulePath = colon === -1 ? text : text.slice(0, colon);
  const name = colon === -1 ? "default" : text.slice(colon + 1);
  const detail = moduleMistake(modulePath) ?? nameMistake(name);
  if (detail !== null) {
    return { ok: false, message: `${text} is not a valid path to a Convex function. ${detail}` };
  }
  return { ok: true, path: `${modulePath.replace(/\.js$/, "")}:${name}` };
}

function moduleMistake(modulePath: string): string | null {
  if (modulePath === "") return "The module's path is empty.";
  const bad = modulePath
    .split("/")
    .find((part) => !MODULE_PART.test(part) || !/[A-Za-z0-9]/.test(part));
  if (bad === undefined) return null;
  return `Module path component ${JSON.stringify(bad)} must be 1 to 64 letters, digits, underscores or periods, with at least one letter or digit.`;
}

function nameMistake(name: string): string | null {
  if (FUNCTION_NAME.test(name) && !/^_+$/.test(name)) return null;
  return `Function name ${JSON.stringify(name)} must be an identifier of at most 64 characters.`;
}
