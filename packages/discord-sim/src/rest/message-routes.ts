/** Messages: list, get, create, edit, delete, delete many, publish. */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import { FormErrors, fieldRefusal } from "../messages/form-errors.ts";
import { readMessageForm } from "../messages/message-form.ts";
import { readList, readSnowflake, under } from "../messages/read-fields.ts";
import type { PageQuery } from "../state/channel-log.ts";
import type { ChannelRecord } from "../state/records.ts";
import { snowflakeTimeMs } from "../state/snowflakes.ts";
import { refuse } from "../wire/api-error.ts";
import { messageToWire } from "../wire/messages.ts";
import {
  getMessage,
  getReadableChannel,
  getWritableChannel,
  hasIn,
  requireIn,
  viewFor,
} from "./access.ts";
import { postAsBot, requireOpen, showOwn } from "./posting.ts";
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
      const query = readPageQuery(c.req.query());
      // Without the right to read history a list is empty, not refused.
      const mayRead = hasIn(world, c.var.bot, channel, P.ReadMessageHistory);
      const page = mayRead ? world.log(channel.id).page(query) : [];
      return c.json(page.map((message) => messageToWire(view, message)));
    })
    .get("/channels/:channel/messages/:message", (c) => {
      const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
      requireIn(world, c.var.bot, channel, P.ReadMessageHistory);
      const message = getMessage(world, channel, c.req.param("message"));
      return c.json(messageToWire(viewFor(world, parts.baseUrl(), c.var.bot), message));
    })
    .route("/", messageWriteRoutes(parts));
}

function messageWriteRoutes(parts: RestParts): Hono<RestEnv> {
  const { world, messages, crossposts } = parts;
  return new Hono<RestEnv>()
    .post("/channels/:channel/messages", async (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const body = await readBody(c.req);
      return c.json(showOwn(parts, c.var.bot, postAsBot(parts, c.var.bot, channel, { body })));
    })
    .post("/channels/:channel/messages/bulk-delete", async (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.ManageMessages);
      const ids = readBulkIds((await readBody(c.req)).fields.messages);
      if (ids.some((id) => snowflakeTimeMs(id) < world.clock.nowMs() - BULK_MAX_AGE_MS))
        throw refuse.tooOldToBulkDelete();
      messages.removeMany(channel.id, ids);
      return c.body(null, 204);
    })
    .post("/channels/:channel/messages/:message/crosspost", (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.SendMessages);
      const message = getMessage(world, channel, c.req.param("message"));
      if (channel.type !== ChannelType.GuildAnnouncement) throw refuse.wrongChannelType();
      if (message.authorId !== bot.userId) requireIn(world, bot, channel, P.ManageMessages);
      crossposts.publish(message);
      return c.json(showOwn(parts, bot, message));
    })
    .patch("/channels/:channel/messages/:message", async (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"));
      const { fields, uploads } = await readBody(c.req);
      const message = getMessage(world, channel, c.req.param("message"));
      requireUnarchived(channel);
      const form = readMessageForm(fields);
      const own = message.authorId === bot.userId;
      // Hiding the embeds of others takes the right to manage messages; nothing else of theirs can be changed.
      if (!own && !changesOnly(fields, ["flags"])) throw refuse.foreignMessage();
      if (!own) requireIn(world, bot, channel, P.ManageMessages);
      const mayMentionAll = hasIn(world, bot, channel, P.MentionEveryone);
      messages.edit(message, form, { uploads, mayMentionAll });
      return c.json(showOwn(parts, bot, message));
    })
    .delete("/channels/:channel/messages/:message", (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"));
      const message = getMessage(world, channel, c.req.param("message"));
      if (message.authorId !== bot.userId) requireIn(world, bot, channel, P.ManageMessages);
      if (message.type === THREAD_STARTER) throw refuse.systemMessage();
      requireOpen(parts, bot, channel);
      messages.remove(message);
      return c.body(null, 204);
    });
}

const THREAD_STARTER = 21;

function changesOnly(fields: object, names: readonly string[]): boolean {
  return Object.keys(fields).every((name) => names.includes(name));
}

/** An archived thread takes new messages, which wake it, but no edits. */
function requireUnarchived({ thread }: ChannelRecord): void {
  if (thread?.archived === true) throw refuse.threadArchived();
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
