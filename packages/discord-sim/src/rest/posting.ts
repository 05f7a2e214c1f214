/**
 * Posting as a bot: which permissions a body takes, and what a forward may carry.
 *
 * [DPERM8] Files, embeds, polls and replies each take their permission.
 */
import { ChannelType, PermissionFlagsBits as P } from "discord-api-types/v10";
import { takeForward } from "../messages/forwards.ts";
import { type MessageForm, readMessageForm } from "../messages/message-form.ts";
import type { BotRecord, ChannelRecord, ForwardRecord, MessageRecord } from "../state/records.ts";
import { refuse } from "../wire/api-error.ts";
import { holdsPosts } from "../wire/channels.ts";
import { messageToWire } from "../wire/messages.ts";
import { getReadableChannel, hasIn, requireIn, sendingBit, viewFor } from "./access.ts";
import type { RequestBody } from "./request-body.ts";
import type { RestParts } from "./rest-env.ts";

/** Throws refusals. `id` is given for the first message of a forum post. */
export function postAsBot(
  parts: RestParts,
  bot: BotRecord,
  channel: ChannelRecord,
  { body, id }: { body: RequestBody; id?: string },
): MessageRecord {
  const { world, messages } = parts;
  if (holdsPosts(channel) || channel.type === ChannelType.GuildCategory) throw refuse.noText();
  const form = readMessageForm(body.fields);
  requireIn(world, bot, channel, sendingBit(channel) | bitsFor(form, body));
  requireOpen(parts, bot, channel);
  return messages.create({
    channelId: channel.id,
    authorId: bot.userId,
    form,
    uploads: body.uploads,
    forward: readForward(parts, bot, { form, channel }),
    mayMentionAll: hasIn(world, bot, channel, P.MentionEveryone),
    ...(id !== undefined && { id }),
  });
}

/** The answer to its author, who gets its nonce back. */
export function showOwn({ world, baseUrl }: RestParts, bot: BotRecord, message: MessageRecord) {
  const shown = messageToWire(viewFor(world, baseUrl(), bot), message);
  return message.nonce === null ? shown : { ...shown, nonce: message.nonce };
}

/** A locked thread takes messages only from those who manage threads. */
export function requireOpen(parts: RestParts, bot: BotRecord, channel: ChannelRecord): void {
  if (channel.thread === null || !channel.thread.locked) return;
  if (!hasIn(parts.world, bot, channel, P.ManageThreads)) throw refuse.threadLocked();
}

function bitsFor(form: MessageForm, { uploads }: RequestBody): bigint {
  return (
    (uploads.length > 0 ? P.AttachFiles : 0n) |
    ((form.embeds ?? []).length > 0 ? P.EmbedLinks : 0n) |
    (form.poll === undefined ? 0n : P.SendPolls) |
    (form.reply === undefined ? 0n : P.ReadMessageHistory) |
    (form.tts ? P.SendTTSMessages : 0n)
  );
}

function readForward(
  { world }: RestParts,
  bot: BotRecord,
  { form, channel }: { form: MessageForm; channel: ChannelRecord },
): ForwardRecord | undefined {
  if (form.forward === undefined) return undefined;
  const source = getReadableChannel(world, bot, form.forward.channelId);
  const message = world.findMessage(source.id, form.forward.messageId);
  if (message === undefined) throw refuse.unknownMessage();
  return takeForward(world, message, channel.id);
}
