/** Where sellers put their own user id: one of these keys of the metadata. */
const KEYS = ["userRef", "user_ref", "userId", "user_id", "uid"];

export function userRefIn(metadata: Readonly<Record<string, unknown>> | null): string | null {
  const key = KEYS.find((name) => typeof metadata?.[name] === "string" && metadata[name] !== "");
  return key === undefined ? null : String(metadata?.[key]);
}
