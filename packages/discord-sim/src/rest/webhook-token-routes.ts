/**
 * Webhooks as whoever has the token uses them: no other authentication.
 *
 * [DWEB3] Executing posts under the given face; without wait the answer is an empty 204.
 * [DWEB4] A webhook edits and deletes its own messages only, in threads with thread_id.
 * [DWEB5] A wrong token answers 50027, a removed webhook 10015.
 * [DWEB6] Into a forum it posts with a thread's id or a new thread's name, never both.
 */
import { timingSafeEqual } from "node:crypto";
import { ChannelType } from "discord-api-types/v10";
import { type Context, Hono } from "hono";
import { readMessageForm } from "../messages/message-form.ts";
import type { ChannelRecord, MessageRecord, WebhookFace, WebhookRecord } from "../state/records.ts";
import { refuse } from "../wire/api-error.ts";
import { holdsPosts } from "../wire/channels.ts";
import { messageToWire } from "../wire/messages.ts";
import { webhookToWire } from "../wire/webhooks.ts";
import { readQueryId } from "./query-values.ts";
import { type RequestBody, readBody } from "./request-body.ts";
import type { OpenEnv, RestParts } from "./rest-env.ts";
import { checkTags, readThreadForm } from "./thread-changes.ts";
import { type FaceForm, readFace, readWebhookForm } from "./webhook-form.ts";

const PATH = "/webhooks/:webhook/:token";

export function webhookTokenRoutes(parts: RestParts): Hono<OpenEnv> {
  const { world, webhooks } = parts;
  const show = (webhook: WebhookRecord) =>
    webhookToWire({ world, baseUrl: parts.baseUrl() }, webhook, { creator: false });
  return new Hono<OpenEnv>()
    .get(PATH, (c) => c.json(show(getWebhook(parts, c))))
    .patch(PATH, async (c) => {
      const webhook = getWebhook(parts, c);
      const { channelId: _, ...form } = readWebhookForm((await readBody(c.req)).fields);
      webhooks.change(webhook, form);
      return c.json(show(webhook));
    })
    .delete(PATH, (c) => {
      webhooks.remove(getWebhook(parts, c));
      return c.body(null, 204);
    })
    .route("/", webhookMessageRoutes(parts));
}

function webhookMessageRoutes(parts: RestParts): Hono<OpenEnv> {
  const { world, messages } = parts;
  const show = (message: MessageRecord) =>
    messageToWire({ world, baseUrl: parts.baseUrl(), viewer: "person" }, message);
  return new Hono<OpenEnv>()
    .post(PATH, async (c) => {
      const webhook = getWebhook(parts, c);
      const message = execute(parts, c, webhook, await readBody(c.req));
      return c.req.query("wait") === "true" ? c.json(show(message)) : c.body(null, 204);
    })
    .get(`${PATH}/messages/:message`, (c) => c.json(show(getOwnMessage(parts, c))))
    .patch(`${PATH}/messages/:message`, async (c) => {
      const message = getOwnMessage(parts, c);
      const { fields, uploads } = await readBody(c.req);
      if (world.channels.get(message.channelId)?.thread?.archived === true)
        throw refuse.threadArchived();
      return c.json(show(messages.edit(message, readMessageForm(fields), { uploads })));
    })
    .delete(`${PATH}/messages/:message`, (c) => {
      messages.remove(getOwnMessage(parts, c));
      return c.body(null, 204);
    });
}

function execute(
  parts: RestParts,
  c: Context<OpenEnv>,
  webhook: WebhookRecord,
  body: RequestBody,
): MessageRecord {
  const { world, messages, threads } = parts;
  const channel = world.getChannel(webhook.channelId);
  const face = readFace(body.fields);
  // Webhooks have no such fields; Discord passes over them.
  const { nonce: _, enforce_nonce: __, message_reference: ___, ...fields } = body.fields;
  const form = readMessageForm(fields);
  const place = placeFor(parts, c, { channel, webhook, face, body });
  if (place.thread?.locked === true) throw refuse.threadLocked();
  const isNew = place.thread !== null && face.threadName !== undefined;
  try {
    return messages.create({
      channelId: place.id,
      authorId: webhook.id,
      form,
      uploads: body.uploads,
      webhook: faceOf(webhook, face),
      ...(isNew && { id: place.id }),
    });
  } catch (error) {
    if (isNew) threads.remove(place); // a refused first message leaves no post behind
    throw error;
  }
}

/** Where a message goes: the channel, one of its threads, or a new forum post. */
function placeFor(
  { world, threads }: RestParts,
  c: Context<OpenEnv>,
  scene: { channel: ChannelRecord; webhook: WebhookRecord; face: FaceForm; body: RequestBody },
): ChannelRecord {
  const { channel, webhook, face, body } = scene;
  const threadId = readQueryId("thread_id", c.req.query("thread_id"));
  if (face.threadName !== undefined && !holdsPosts(channel)) throw refuse.threadNameOutsideForum();
  if (face.threadName !== undefined && threadId !== undefined) throw refuse.threadNameAndId();
  if (threadId !== undefined) return getThread(world.channels.get(threadId), channel);
  if (!holdsPosts(channel)) return channel;
  if (face.threadName === undefined) throw refuse.forumNeedsThread();
  const { appliedTagIds = [] } = readThreadForm({ applied_tags: body.fields.applied_tags });
  checkTags(channel, appliedTagIds, false);
  return threads.open({
    parent: channel,
    type: ChannelType.PublicThread,
    name: face.threadName,
    ownerId: webhook.id,
    appliedTagIds,
  });
}

function getThread(thread: ChannelRecord | undefined, channel: ChannelRecord): ChannelRecord {
  if (thread === undefined || thread.parentId !== channel.id) throw refuse.unknownChannel();
  return thread;
}

function faceOf(webhook: WebhookRecord, face: FaceForm): WebhookFace {
  return {
    webhookId: webhook.id,
    username: face.username ?? webhook.name,
    avatarUrl: face.avatarUrl ?? webhook.avatar,
    applicationId: webhook.applicationId,
  };
}

function getWebhook({ world }: RestParts, c: Context<OpenEnv>): WebhookRecord {
  const webhook = world.webhooks.get(c.req.param("webhook") ?? "");
  if (webhook === undefined) throw refuse.unknownWebhook();
  const given = Buffer.from(c.req.param("token") ?? "");
  const expected = Buffer.from(webhook.token ?? "");
  const fits = given.length === expected.length && timingSafeEqual(given, expected);
  if (webhook.token === null || !fits) throw refuse.invalidWebhookToken();
  return webhook;
}

function getOwnMessage(parts: RestParts, c: Context<OpenEnv>): MessageRecord {
  const webhook = getWebhook(parts, c);
  const { world } = parts;
  const threadId = readQueryId("thread_id", c.req.query("thread_id"));
  const place =
    threadId === undefined
      ? world.getChannel(webhook.channelId)
      : getThread(world.channels.get(threadId), world.getChannel(webhook.channelId));
  const message = world.findMessage(place.id, c.req.param("message") ?? "");
  if (message?.webhook?.webhookId !== webhook.id) throw refuse.unknownMessage();
  return message;
}
