/**
 * The page's live stream (server-sent events): everything that happens, as it
 * happens. Ends with the request.
 */
import { type Context, Hono } from "hono";
import { streamSSE } from "hono/streaming";
import type { WorldEvent } from "../state/events.ts";
import type { World } from "../state/world.ts";
import { messageToWire } from "../wire/messages.ts";

/** Keeps proxies and browsers from taking a quiet stream for a dead one. */
const PULSE_MS = 15_000;

export function liveEvents(world: World, baseUrl: () => string): Hono {
  return new Hono().get("/sim/events", (c: Context) =>
    streamSSE(c, async (stream) => {
      const send = (event: string, data: unknown) =>
        void stream.writeSSE({ event, data: JSON.stringify(data) });
      const stop = world.events.listen((event) => {
        const shown = forPage(world, baseUrl(), event);
        if (shown !== null) send(shown.name, shown.data);
      });
      send("hello", {});
      await new Promise<void>((resolve) => {
        const pulse = () => {
          send("pulse", {});
          cancel = world.clock.after(PULSE_MS, pulse);
        };
        let cancel = world.clock.after(PULSE_MS, pulse);
        stream.onAbort(() => {
          cancel();
          stop();
          resolve();
        });
      });
    }),
  );
}

function forPage(
  world: World,
  baseUrl: string,
  event: WorldEvent,
): { name: string; data: unknown } | null {
  switch (event.type) {
    case "messageCreated":
    case "messageUpdated":
    case "pollVoted":
    case "pollVoteTaken":
      return {
        name: "message",
        data: messageToWire({ world, baseUrl, viewer: "person" }, event.message),
      };
    case "messagesDeleted":
      return {
        name: "deleted",
        data: { channelId: event.channelId, messageIds: event.messageIds },
      };
    case "typingStarted":
      return { name: "typing", data: { channelId: event.channelId, userId: event.userId } };
    case "pinsChanged":
    case "webhooksChanged":
      return null;
    default:
      return { name: "directory", data: {} }; // something structural: the page reads it anew
  }
}
