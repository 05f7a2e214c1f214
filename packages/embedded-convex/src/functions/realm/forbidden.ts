/** Error of everything that would make an execution differ from run to run. */
export function forbidden(description: string): Error {
  return new Error(
    `Can't use ${description} in queries and mutations. Please consider using an action. ` +
      "See https://docs.convex.dev/functions/actions for more details.",
  );
}
