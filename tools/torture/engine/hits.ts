/** Counts what actions did outside the database, where no crash takes it back. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Hits {
  readonly url: string;
  /** How often the action with this key has come by. */
  of(key: string): number;
  close(): void;
}

export async function countHits(): Promise<Hits> {
  const hits = new Map<string, number>();
  const server = createServer((request, response) => {
    const key = new URL(request.url ?? "/", "http://localhost").searchParams.get("key") ?? "";
    hits.set(key, (hits.get(key) ?? 0) + 1);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hit`,
    of: (key) => hits.get(key) ?? 0,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
