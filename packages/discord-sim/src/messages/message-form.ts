/**
 * Reads the body of a message request, on create and on edit.
 *
 * Undefined means the body did not say; an edit then keeps what was there.
 */
import type { APIEmbed } from "discord-api-types/v10";
import { readEmbeds } from "./embed-form.ts";
import { type Fields, FormErrors } from "./form-errors.ts";
import type { AllowedMentions } from "./mentions.ts";
import { readAllowedMentions } from "./mentions-form.ts";
import { type PollForm, readPoll } from "./poll-form.ts";
import {
  type Reading,
  readFields,
  readFlag,
  readInteger,
  readList,
  readSnowflake,
  readText,
  under,
} from "./read-fields.ts";

export type ReplyForm = { messageId: string; failIfNotExists: boolean };
export type ForwardForm = { channelId: string; messageId: string };

/** One entry of `attachments`: its id is a file's index, or on edit an attachment to keep. */
export type AttachmentForm = {
  id: string;
  filename: string | undefined;
  description: string | undefined;
};

export type MessageForm = {
  content: string | undefined;
  embeds: APIEmbed[] | undefined;
  allowedMentions: AllowedMentions | undefined;
  attachments: AttachmentForm[] | undefined;
  reply: ReplyForm | undefined;
  forward: ForwardForm | undefined;
  stickerIds: string[] | undefined;
  poll: PollForm | undefined;
  nonce: string | undefined;
  enforceNonce: boolean;
  /** Only the bits a sender may set. */
  flags: number | undefined;
  tts: boolean;
};

const MAX_STICKERS = 3;
/** Suppress embeds, suppress notifications, voice message, components v2. */
const SENDABLE_FLAGS = (1 << 2) | (1 << 12) | (1 << 13) | (1 << 15);
const MAX_CONTENT_CHARS = 2_000;
const MAX_NONCE_CHARS = 25;
const MAX_DESCRIPTION_CHARS = 1_024;
const MAX_FLAGS = 2 ** 31;
export const MAX_FILES = 10;

/** Throws the refusal naming every faulty field. */
export function readMessageForm(body: Fields): MessageForm {
  const errors = new FormErrors();
  const at = (field: string): Reading => ({ errors, path: [field] });
  const form: MessageForm = {
    content: body.content === null ? "" : readText(body.content, MAX_CONTENT_CHARS, at("content")),
    embeds: body.embeds === null ? [] : readEmbeds(body.embeds, at("embeds")),
    allowedMentions: readAllowedMentions(body.allowed_mentions, at("allowed_mentions")),
    attachments:
      body.attachments === null ? [] : readAttachments(body.attachments, at("attachments")),
    ...readReference(body.message_reference, at("message_reference")),
    stickerIds: readList(body.sticker_ids, MAX_STICKERS, at("sticker_ids"))?.flatMap(
      (id, index) => readSnowflake(id, under(at("sticker_ids"), index)) ?? [],
    ),
    poll: readPoll(body.poll, at("poll")),
    nonce: readNonce(body.nonce, at("nonce")),
    enforceNonce: readFlag(body.enforce_nonce, at("enforce_nonce")) ?? false,
    flags: sendable(readInteger(body.flags, MAX_FLAGS, at("flags"))),
    tts: readFlag(body.tts, at("tts")) ?? false,
  };
  errors.throwIfAny();
  return form;
}

function readNonce(value: unknown, reading: Reading): string | undefined {
  if (typeof value === "number" && Number.isInteger(value)) return String(value);
  return readText(value, MAX_NONCE_CHARS, reading);
}

function sendable(flags: number | undefined): number | undefined {
  return flags === undefined ? undefined : flags & SENDABLE_FLAGS;
}

const FORWARD = 1;

/** A reply names a message of this channel; a forward names its channel, too. */
function readReference(value: unknown, reading: Reading): Pick<MessageForm, "reply" | "forward"> {
  const nothing = { reply: undefined, forward: undefined };
  const source = readFields(value, reading);
  if (source === undefined) return nothing;
  const type = readInteger(source.type, FORWARD, under(reading, "type")) ?? 0;
  const messageId = readRequiredId(source.message_id, under(reading, "message_id"));
  if (type === FORWARD) {
    const channelId = readRequiredId(source.channel_id, under(reading, "channel_id"));
    if (messageId === undefined || channelId === undefined) return nothing;
    return { ...nothing, forward: { channelId, messageId } };
  }
  const failIfNotExists =
    readFlag(source.fail_if_not_exists, under(reading, "fail_if_not_exists")) ?? true;
  return messageId === undefined ? nothing : { ...nothing, reply: { messageId, failIfNotExists } };
}

function readRequiredId(value: unknown, reading: Reading): string | undefined {
  if (value === undefined || value === null)
    reading.errors.add(reading.path, "BASE_TYPE_REQUIRED", "This field is required");
  return readSnowflake(value, reading);
}

function readAttachments(value: unknown, reading: Reading): AttachmentForm[] | undefined {
  return readList(value, MAX_FILES, reading)?.map((item, index) => {
    const at = under(reading, index);
    const source = readFields(item, at) ?? {};
    const id = typeof source.id === "number" ? String(source.id) : source.id;
    return {
      id: readSnowflake(id, under(at, "id")) ?? "",
      filename: readText(source.filename, MAX_DESCRIPTION_CHARS, under(at, "filename")),
      description: readText(source.description, MAX_DESCRIPTION_CHARS, under(at, "description")),
    };
  });
}
