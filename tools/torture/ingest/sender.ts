/** A source that never gives up: sends a batch until it has been answered. */
const AGAIN_MS = 50;

export interface Batch {
  readonly events: readonly { readonly messageId: string; readonly content: string }[];
}

interface Answer {
  readonly results: readonly {
    readonly index: number;
    readonly status: string;
    readonly message?: string;
  }[];
}

export interface SenderOptions {
  readonly siteUrl: string;
  readonly token: string;
  readonly channelId: string;
}

/** Resolves with the message ids the backend acknowledged. Throws when it rejects one. */
export async function sendUntilAnswered(
  batch: Batch,
  { siteUrl, token, channelId }: SenderOptions,
): Promise<string[]> {
  const events = batch.events.map((event) => ({
    ...event,
    type: "create",
    channelId,
    occurredAt: Date.now(),
  }));
  const body = JSON.stringify({ events });
  for (;;) {
    const answer = await attempt(`${siteUrl}/ingest/v1/events`, token, body);
    if (answer !== undefined) return acknowledged(batch, answer);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Undefined when nobody knows what became of it. */
async function attempt(address: string, token: string, body: string): Promise<Answer | undefined> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  try {
    const response = await fetch(address, { method: "POST", headers, body });
    if (response.ok) return await response.json();
    if (response.status < 500 && response.status !== 429) {
      throw new RefusedError(`ingest answered ${response.status}: ${await response.text()}`);
    }
    await response.body?.cancel();
  } catch (error) {
    if (error instanceof RefusedError) throw error;
  }
  return undefined;
}

/** The backend said no: repeating would not help. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}

function acknowledged(batch: Batch, { results }: Answer): string[] {
  return results.map(({ index, status, message }) => {
    const event = batch.events[index];
    const isStored = status === "accepted" || status === "duplicate";
    if (event === undefined || !isStored) throw new Error(`a good event was ${status}: ${message}`);
    return event.messageId;
  });
}
