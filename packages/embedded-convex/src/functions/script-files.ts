/** How scripts of pushed modules are named, so that stack frames lead back to them. */
const PREFIX = "convex:/";

export function scriptFile(path: string): string {
  return PREFIX + path;
}

/** Path of the module a script file belongs to, null for other files. */
export function moduleOfFile(file: string): string | null {
  return file.startsWith(PREFIX) ? file.slice(PREFIX.length) : null;
}
