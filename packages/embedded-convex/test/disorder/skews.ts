/**
 * What a client of another state of mind sends: each is refused in its own way, on a
 * socket of its own, and nothing of it reaches the session it claims to be of.
 */
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import WebSocket from "ws";
import { tsToBase64 } from "../../src/values/timestamps.ts";
import { add, RawClient } from "../raw-client.ts";
import type { Random } from "../seeds.ts";

const FAR_AHEAD = 2n ** 62n;

type Probe = (url: string, sessionId: string) => Promise<string>;

/** Each answers what the server did, and the key says what it must do. */
const PROBES: Readonly<Record<string, Probe>> = {
  "FatalError Base version 3 passed up doesn't match the current version 0": (url, sessionId) =>
    afterConnect(url, { sessionId }, (client) => client.modify(3, [])),
  "FatalError New version 0 is not after its base version 0": (url, sessionId) =>
    afterConnect(url, { sessionId }, (client) =>
      client.send({
        type: "ModifyQuerySet",
        baseVersion: 0,
        newVersion: 0,
        modifications: [add(0, "ledger:moves", { world: "x" })],
      }),
    ),
  "FatalError Query 9 is not in the set": (url, sessionId) =>
    afterConnect(url, { sessionId }, (client) =>
      client.modify(0, [{ type: "Remove", queryId: 9 }]),
    ),
  "closed 1011 InternalServerError": (url, sessionId) =>
    afterConnect(url, { sessionId, maxObservedTimestamp: tsToBase64(FAR_AHEAD) }, () => {}),
  "closed 1011 InternalServerError ": (url, sessionId) =>
    afterConnect(url, { sessionId }, (client) =>
      client.send({ type: "Authenticate", baseVersion: 2, tokenType: "None" }),
    ),
  "refused 400": async (url) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/api/0.18.2/sync`);
    socket.on("error", () => undefined); // ws says so when it is terminated below
    const [, response]: unknown[] = await once(socket, "unexpected-response");
    socket.terminate();
    return `refused ${(response as IncomingMessage).statusCode}`;
  },
};

async function afterConnect(
  url: string,
  hello: Parameters<RawClient["connect"]>[0],
  misbehave: (client: RawClient) => void,
): Promise<string> {
  const client = await RawClient.connect(url, hello);
  misbehave(client);
  const frame = client.next().then(({ type, error }) => `${type} ${error}`);
  const closed = client.closed.then(({ code, reason }) => `closed ${code} ${reason}`);
  const first = await Promise.race([frame, closed]);
  client.ws.terminate();
  return first;
}

/** Throws when the server does anything but what the probe's name says. */
export async function probeSkews(url: string, sessionId: string, random: Random): Promise<void> {
  const names = Object.keys(PROBES);
  const name = names[random.below(names.length)] ?? "";
  const answer = await PROBES[name]?.(url, sessionId);
  if (answer !== name.trim()) throw new Error(`expected ${name}, got ${answer}`);
}
