/**
 * A TCP proxy as bad networks are: it splits and delays what passes, and breaks
 * connections in the middle of a frame. It never reorders and never invents.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { Random } from "../seeds.ts";

export interface UnreliableProxy {
  readonly url: string;
  /** Connections broken so far. */
  readonly cuts: number;
  /** From now on everything passes at once. */
  heal(): void;
  /** Breaks every connection. */
  cutAll(): void;
  close(): Promise<void>;
}

export interface Trouble {
  readonly random: Random;
  /** A connection breaks after at most so many bytes, in both directions together. */
  readonly maxBytes: number;
  readonly maxDelayMs: number;
}

export async function startUnreliableProxy(
  target: string,
  trouble: Trouble,
): Promise<UnreliableProxy> {
  const port = Number(new URL(target).port);
  const pairs = new Set<() => void>();
  let healed = false;
  let cuts = 0;
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    const cut = () => {
      if (!pairs.delete(cut)) return;
      client.destroy();
      upstream.destroy();
    };
    pairs.add(cut);
    let left = 1 + trouble.random.below(trouble.maxBytes);
    const spend = (bytes: number) => {
      left -= bytes;
      return healed || left > 0;
    };
    const broken = () => {
      if (pairs.has(cut)) cuts++;
      cut();
    };
    for (const socket of [client, upstream]) {
      socket.on("error", cut);
      socket.on("close", cut);
      socket.setNoDelay(true);
    }
    const options = { spend, broken, isHealed: () => healed, ...trouble };
    void pass(client, upstream, options).catch(cut);
    void pass(upstream, client, options).catch(cut);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cutAll = () => {
    for (const cut of [...pairs]) {
      cuts++;
      cut();
    }
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get cuts() {
      return cuts;
    },
    heal: () => {
      healed = true;
    },
    cutAll,
    close: async () => {
      cutAll();
      server.close();
      await once(server, "close");
    },
  };
}

interface PassOptions extends Trouble {
  /** False when the connection has carried enough. */
  readonly spend: (bytes: number) => boolean;
  readonly broken: () => void;
  readonly isHealed: () => boolean;
}

/** What came before the break arrives, up to the middle of a frame. */
async function pass(from: Socket, to: Socket, options: PassOptions): Promise<void> {
  const { random, maxDelayMs, spend, broken, isHealed } = options;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    for (let at = 0; at < chunk.length; ) {
      const end = isHealed() ? chunk.length : at + 1 + random.below(chunk.length - at);
      if (!isHealed()) {
        await new Promise((resolve) => setTimeout(resolve, random.below(maxDelayMs + 1)));
      }
      const piece = chunk.subarray(at, end);
      if (!spend(piece.length)) {
        to.write(piece.subarray(0, random.below(piece.length)), broken);
        return;
      }
      if (!to.write(piece)) await Promise.race([once(to, "drain"), once(to, "close")]);
      at = end;
    }
  }
  to.end();
}
