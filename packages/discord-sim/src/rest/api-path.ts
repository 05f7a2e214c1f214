/** The part of a REST path behind the version: `/api/v10/users/@me` is `/users/@me`. */
export function apiPath(path: string): string {
  return path.replace(/^\/api(?:\/v\d+)?(?=\/|$)/, "");
}
