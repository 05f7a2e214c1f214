/** Messages: list, get, create, edit, delete, delete many. */
import { Hono } from "hono";
import { FormErrors, fieldRefusal } from "../messages/form-errors.ts";
import { readMessageForm } from "../messages/message-form.ts";
import { readList, readSnowflake, under } from "../messages/read-fields.ts";
import type { PageQuery } from "../state/channel-log.ts";
import { snowflakeTimeMs } from "../state/snowflakes.ts";
import { refuse } from "../wire/api-error.ts";
import { messageToWire } from "../wire/messages.ts";
import { getMessage, getReadableChannel, getWritableChannel, viewFor } from "./access.ts";
import { readLimit, readQueryId } from "./query-values.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_PAGE = 100;
const DEFAULT_PAGE = 50;
const BULK = { min: 2, max: 100 };
const BULK_MAX_AGE_MS = 14 * 24 * 60 * 60_000;

export function messageRoutes(parts: RestParts): Hono<RestEnv> {
  const { world } = parts;
  return new Hono<RestEnv>()
    .get("/channels/:channel/messages", (c) => {
      const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
      const view = viewFor(world, parts.baseUrl(), c.var.bot);
      const page = world.log(channel.id).page(readPageQuery(c.req.query()));
      return c.json(page.map((message) => messageToWire(view, message)));
    })
    .get("/channels/:channel/messages/:message", (c) => {
      const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
      const message = getMessage(world, channel, c.req.param("message"));
      return c.json(messageToWire(viewFor(world, parts.baseUrl(), c.var.bot), message));
    })
    .route("/", messageWriteRoutes(parts));
}

function messageWriteRoutes({ world, messages, baseUrl }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .post("/channels/:channel/messages", async (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const { fields, uploads } = await readBody(c.req);
      const form = readMessageForm(fields);
      const message = messages.create({
        channelId: channel.id,
        authorId: c.var.bot.userId,
        form,
        uploads,
      });
      const shown = messageToWire(viewFor(world, baseUrl(), c.var.bot), message);
      return c.json(message.nonce === null ? shown : { ...shown, nonce: message.nonce });
    })
    .post("/channels/:channel/messages/bulk-delete", async (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const ids = readBulkIds((await readBody(c.req)).fields.messages);
      if (ids.some((id) => snowflakeTimeMs(id) < world.clock.nowMs() - BULK_MAX_AGE_MS))
        throw refuse.tooOldToBulkDelete();
      messages.removeMany(channel.id, ids);
      return c.body(null, 204);
    })
    .patch("/channels/:channel/messages/:message", async (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const { fields, uploads } = await readBody(c.req);
      const message = getMessage(world, channel, c.req.param("message"));
      if (message.authorId !== c.var.bot.userId) throw refuse.foreignMessage();
      messages.edit(message, readMessageForm(fields), uploads);
      return c.json(messageToWire(viewFor(world, baseUrl(), c.var.bot), message));
    })
    .delete("/channels/:channel/messages/:message", (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      messages.remove(getMessage(world, channel, c.req.param("message")));
      return c.body(null, 204);
    });
}

/** At most one of before, after and around counts; Discord looks at them in this order. */
function readPageQuery(query: Record<string, string>): PageQuery {
  const limit = readLimit(query.limit, { fallback: DEFAULT_PAGE, max: MAX_PAGE });
  for (const from of ["around", "before", "after"] as const) {
    const id = readQueryId(from, query[from]);
    if (id !== undefined) return { from, id, limit };
  }
  return { from: "newest", limit };
}

function readBulkIds(value: unknown): string[] {
  const errors = new FormErrors();
  const at = { errors, path: ["messages"] };
  const list = readList(value, Number.POSITIVE_INFINITY, at) ?? [];
  const ids = new Set(list.flatMap((item, index) => readSnowflake(item, under(at, index)) ?? []));
  errors.throwIfAny();
  if (ids.size >= BULK.min && ids.size <= BULK.max) return [...ids];
  throw fieldRefusal(
    at.path,
    "BASE_TYPE_BAD_LENGTH",
    `Must be between ${BULK.min} and ${BULK.max} in length.`,
  );
}
