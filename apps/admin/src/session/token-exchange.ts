/** Exchanges the console's machine token for a JWT at `POST {site}/auth/machine`. */

export type Exchange =
  | { outcome: "granted"; token: string; kind: string; name: string; machineId: string | null }
  /** The site said no: a person has to bring another token. */
  | { outcome: "refused"; code: string; message: string }
  /** The site could not be asked. */
  | { outcome: "unreachable" };

/** Asks once. Never rejects. */
export async function exchangeToken(
  siteUrl: string,
  machineToken: string,
  ask: typeof fetch = fetch,
): Promise<Exchange> {
  try {
    const response = await ask(`${siteUrl}/auth/machine`, {
      method: "POST",
      headers: { Authorization: `Bearer ${machineToken}` },
      credentials: "omit",
    });
    return readAnswer(response.status, await response.json());
  } catch {
    return { outcome: "unreachable" };
  }
}

/** Reads the site's answer. 5xx and answers of another shape count as unreachable: worth a retry. */
export function readAnswer(status: number, body: unknown): Exchange {
  const fields: Record<string, unknown> =
    typeof body === "object" && body !== null ? { ...body } : {};
  const { token, kind, name, code, message } = fields;
  if (status === 200 && typeof token === "string") {
    const granted = { kind: String(kind), name: String(name), machineId: subjectOf(token) };
    return granted.kind === "console"
      ? { outcome: "granted", token, ...granted }
      : { outcome: "refused", code: "wrong_kind", message: `This is a ${granted.kind}'s token.` };
  }
  if (status >= 400 && status < 500 && status !== 429) {
    return { outcome: "refused", code: String(code ?? status), message: String(message ?? "") };
  }
  return { outcome: "unreachable" };
}

/** The subject of a JWT: our machine's id. Not verified: the backend does that. */
function subjectOf(jwt: string): string | null {
  try {
    const payload = (jwt.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    const claims: unknown = JSON.parse(atob(payload));
    const subject = typeof claims === "object" && claims !== null && "sub" in claims && claims.sub;
    return typeof subject === "string" ? subject : null;
  } catch {
    return null;
  }
}
