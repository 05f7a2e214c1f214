/** Legal names of tables, indexes and indexed fields (contract 4.2). */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const MAX_LENGTH = 64;

/** Why this is not an identifier, or null when it is one. */
export function identifierProblem(name: string): string | null {
  if (name.length > MAX_LENGTH) {
    return `Identifier is too long (${name.length} > maximum ${MAX_LENGTH})`;
  }
  if (!IDENTIFIER.test(name)) {
    return `Identifiers must start with an alphabetic character or underscore and can only contain alphanumeric characters or underscores`;
  }
  return /^_+$/.test(name) ? "Identifiers cannot be made of underscores only" : null;
}

/** Dot-separated identifiers. */
export function fieldPathProblem(path: string): string | null {
  for (const part of path.split(".")) {
    const problem = identifierProblem(part);
    if (problem !== null) return problem;
  }
  return null;
}
