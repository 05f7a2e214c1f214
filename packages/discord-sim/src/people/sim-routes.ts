/**
 * Routes of the simulator itself, under /sim: what the page and tests in other
 * processes use to act as a person, to look inside, to plan faults and to put
 * the clock forward.
 *
 * A foreign web page must not act here through its visitor's browser: requests
 * that change something are refused when their Origin is another one. [DSIM3]
 */
import { type Context, Hono } from "hono";
import { advanceClock } from "../clock.ts";
import type { Faults } from "../faults/faults.ts";
import { readFault } from "../faults/read-fault.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Session } from "../gateway/session.ts";
import { type Fields, isFields } from "../messages/form-errors.ts";
import { readQueryId } from "../rest/query-values.ts";
import { readBody } from "../rest/request-body.ts";
import type { RequestLog } from "../rest/request-log.ts";
import type { MessageRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { ApiError, refuse } from "../wire/api-error.ts";
import { directoryToWire } from "../wire/directory.ts";
import { messageToWire } from "../wire/messages.ts";
import { act, type Writes } from "./act.ts";
import { authorize } from "./authorize.ts";
import { membersOf, pingsIn, webhooksIn } from "./inspection.ts";
import { type PersonActions, readPersonPost } from "./person-actions.ts";
import { readAction } from "./read-action.ts";

export type SimParts = Writes & {
  people: PersonActions;
  faults: Faults;
  requests: RequestLog;
  gateway: Gateway;
  baseUrl: () => string;
};

const PAGE_MESSAGES = 50;

export function simRoutes(parts: SimParts): Hono {
  const { world, requests } = parts;
  const sim = new Hono();
  sim.use(async function sameOrigin(c, next) {
    const origin = c.req.header("origin");
    const foreign = origin !== undefined && origin !== new URL(c.req.url).origin;
    if (foreign && c.req.method !== "GET")
      return Response.json(
        { message: "another origin may not act here", code: 0 },
        { status: 403 },
      );
    return next();
  });
  sim.onError((error) => {
    const refusal = error instanceof ApiError ? error : refuse.internal();
    return Response.json(refusal.toBody(), { status: refusal.status });
  });
  return sim
    .get("/state", (c) => c.json(directoryToWire(world)))
    .get("/requests", (c) => c.json(requests.all()))
    .delete("/requests", (c) => {
      requests.clear();
      return c.body(null, 204);
    })
    .get("/pings", (c) => c.json(pingsIn(world, c.req.query("channel"))))
    .get("/webhooks", (c) => c.json(webhooksIn(world, c.req.query("channel"))))
    .get("/guilds/:guild/members", (c) => c.json(membersOf(world, c.req.param("guild"))))
    .get("/sessions", (c) => c.json(parts.gateway.connectedSessions().map(sessionToWire)))
    .post("/actions", async (c) =>
      c.json(act(parts, readAction((await readBody(c.req)).fields)), 201),
    )
    .post("/authorize", async (c) => {
      const { url, username } = (await readBody(c.req)).fields;
      return c.json({ location: authorize(parts, String(url), String(username)) });
    })
    .post("/clock", async (c) => {
      const { advanceMs } = (await readBody(c.req)).fields;
      const ms = typeof advanceMs === "number" && advanceMs >= 0 ? advanceMs : 0;
      advanceClock(world.clock, ms);
      return c.json({ nowMs: world.clock.nowMs() });
    })
    .post("/faults", async (c) => {
      parts.faults.apply(readFault((await readBody(c.req)).fields));
      return c.body(null, 204);
    })
    .route("/", channelActions(parts));
}

function sessionToWire({ facts, seq }: Session) {
  const { userId, intents, shard } = facts;
  return { userId, intents, shard, seq };
}

function channelActions({ world, people, guilds, baseUrl }: SimParts): Hono {
  const show = (message: MessageRecord) =>
    messageToWire({ world, baseUrl: baseUrl(), viewer: "person" }, message);
  return new Hono()
    .get("/channels/:channel/messages", (c) => {
      const before = readQueryId("before", c.req.query("before"));
      const log = world.log(getChannel(world, c).id);
      const from =
        before === undefined
          ? { from: "newest" as const }
          : { from: "before" as const, id: before };
      return c.json(log.page({ ...from, limit: PAGE_MESSAGES }).map(show));
    })
    .post("/channels/:channel/messages", async (c) => {
      const { fields, uploads } = await readBody(c.req);
      return c.json(
        show(people.post(readPersonPost(getChannel(world, c).id, fields, uploads))),
        201,
      );
    })
    .patch("/channels/:channel/messages/:message", async (c) => {
      const { content, embeds } = (await readBody(c.req)).fields;
      const change = {
        ...(typeof content === "string" && { content }),
        ...(Array.isArray(embeds) && { embeds: embeds.filter(isFields) }),
      };
      return c.json(show(people.edit({ ...place(c), ...change })));
    })
    .put("/channels/:channel/messages/:message/preview", async (c) => {
      const { embeds } = (await readBody(c.req)).fields;
      people.preview({ ...place(c), embeds: Array.isArray(embeds) ? embeds.filter(isFields) : [] });
      return c.body(null, 204);
    })
    .delete("/channels/:channel/messages/:message", (c) => {
      people.remove(place(c));
      return c.body(null, 204);
    })
    .post("/channels/:channel/bulk-delete", async (c) => {
      people.bulkRemove({
        channelId: getChannel(world, c).id,
        messageIds: texts((await readBody(c.req)).fields, "messageIds"),
      });
      return c.body(null, 204);
    })
    .put("/channels/:channel/barrier", async (c) => {
      const { barrier } = (await readBody(c.req)).fields;
      guilds.setBarrier(
        getChannel(world, c),
        barrier === "access" || barrier === "permissions" ? barrier : null,
      );
      return c.body(null, 204);
    });
}

function getChannel(world: World, c: Context) {
  const channel = world.channels.get(c.req.param("channel") ?? "");
  if (channel === undefined) throw refuse.unknownChannel();
  return channel;
}

function place(c: Context): { channelId: string; messageId: string } {
  return { channelId: c.req.param("channel") ?? "", messageId: c.req.param("message") ?? "" };
}

function texts(fields: Fields, name: string): string[] {
  const value = fields[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
