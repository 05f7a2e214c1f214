/**
 * Opening threads and forum posts, joining and leaving, and the lists of them.
 *
 * [DTHR1] A thread from a message has the message's id, and the message says so.
 * [DTHR2] A forum post is a thread with its first message, under one id, with its tags.
 */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import { type Fields, fieldRefusal, isFields } from "../messages/form-errors.ts";
import { newMessage } from "../state/new-records.ts";
import type { BotRecord, ChannelRecord } from "../state/records.ts";
import { publicThreadType, type ThreadChange } from "../state/thread-writes.ts";
import { refuse } from "../wire/api-error.ts";
import { channelToWire, holdsPosts } from "../wire/channels.ts";
import { getMessage, getWritableChannel, hasIn, requireIn } from "./access.ts";
import { postAsBot, showOwn } from "./posting.ts";
import { type RequestBody, readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";
import { checkTags, readThreadForm } from "./thread-changes.ts";
import { threadListRoutes } from "./thread-lists.ts";
import { threadMemberRoutes } from "./thread-members.ts";

const HAS_THREAD = 1 << 5;
const THREAD_CREATED = 18;
const THREAD_STARTER = 21;

export function threadRoutes(parts: RestParts): Hono<RestEnv> {
  const { world } = parts;
  return new Hono<RestEnv>()
    .post("/channels/:channel/messages/:message/threads", async (c) => {
      const { bot } = c.var;
      const channel = getWritableChannel(world, bot, c.req.param("channel"), P.CreatePublicThreads);
      const message = getMessage(world, channel, c.req.param("message"));
      if (channel.thread !== null || holdsPosts(channel)) throw refuse.wrongChannelType();
      if (world.channels.has(message.id)) throw refuse.threadExists();
      const form = requireName(readThreadForm((await readBody(c.req)).fields));
      const thread = parts.threads.open({
        ...form,
        id: message.id,
        parent: channel,
        type: publicThreadType(channel),
        ownerId: bot.userId,
      });
      parts.messages.touch(message, { flags: message.flags | HAS_THREAD });
      noteStart(parts, thread, message.id);
      return c.json(channelToWire(world, thread), 201);
    })
    .post("/channels/:channel/threads", async (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const body = await readBody(c.req);
      if (channel.thread !== null) throw refuse.wrongChannelType();
      const shown = holdsPosts(channel)
        ? openForumPost(parts, c.var.bot, channel, body)
        : openPlain(parts, c.var.bot, channel, body.fields);
      return c.json(shown, 201);
    })
    .route("/", threadMemberRoutes(parts))
    .route("/", threadListRoutes(parts));
}

function requireName(form: ThreadChange): ThreadChange & { name: string } {
  const { name } = form;
  if (name === undefined)
    throw fieldRefusal(["name"], "BASE_TYPE_REQUIRED", "This field is required");
  return { ...form, name };
}

/** The notice inside a thread that shows the message it started from. */
function noteStart({ world, messages }: RestParts, thread: ChannelRecord, messageId: string): void {
  const { guildId, parentId } = thread;
  messages.append(
    newMessage({
      id: world.snowflakes.next(),
      channelId: thread.id,
      authorId: thread.thread?.ownerId ?? "",
      type: THREAD_STARTER,
      origin: { guildId, channelId: parentId ?? "", messageId },
    }),
  );
}

/** Without a type it is private, as in Discord's API. A public one is announced in its channel. */
function openPlain(parts: RestParts, bot: BotRecord, parent: ChannelRecord, fields: Fields) {
  const { world, threads, messages } = parts;
  const type = fields.type ?? ChannelType.PrivateThread;
  const isPrivate = type === ChannelType.PrivateThread;
  requireIn(world, bot, parent, isPrivate ? P.CreatePrivateThreads : P.CreatePublicThreads);
  const form = requireName(readThreadForm(fields));
  const thread = threads.open({
    ...form,
    parent,
    type: isPrivate ? ChannelType.PrivateThread : publicThreadType(parent),
    ownerId: bot.userId,
  });
  if (!isPrivate) {
    const id = world.snowflakes.next();
    const origin = { guildId: parent.guildId, channelId: thread.id, messageId: thread.id };
    const notice = { id, channelId: parent.id, authorId: bot.userId, content: form.name, origin };
    messages.append(newMessage({ ...notice, type: THREAD_CREATED }));
  }
  return channelToWire(world, thread);
}

function openForumPost(
  parts: RestParts,
  bot: BotRecord,
  parent: ChannelRecord,
  { fields, uploads }: RequestBody,
) {
  const { world, threads } = parts;
  requireIn(world, bot, parent, P.SendMessages);
  const form = requireName(readThreadForm(fields));
  checkTags(parent, form.appliedTagIds ?? [], hasIn(world, bot, parent, P.ManageThreads));
  if (!isFields(fields.message))
    throw fieldRefusal(["message"], "BASE_TYPE_REQUIRED", "This field is required");
  const thread = threads.open({
    ...form,
    parent,
    type: ChannelType.PublicThread,
    ownerId: bot.userId,
  });
  try {
    const body = { fields: fields.message, uploads };
    const message = postAsBot(parts, bot, thread, { body, id: thread.id });
    return { ...channelToWire(world, thread), message: showOwn(parts, bot, message) };
  } catch (error) {
    threads.remove(thread); // a refused first message leaves no post behind
    throw error;
  }
}
