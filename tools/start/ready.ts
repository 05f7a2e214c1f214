/** How it is known that a part answers. */

export const READY_MS = 60_000; // a laptop under load; the usual is under a second

const PROBE_MS = 5_000; // an answer that hangs is none

/** False when the address answers with an error. Throws when it does not answer. */
export async function respondsOk(address: string): Promise<boolean> {
  const response = await fetch(address, { signal: AbortSignal.timeout(PROBE_MS) });
  await response.body?.cancel();
  return response.ok;
}
