/** Reads what a request says of a webhook, and of the face a message shall have. */
import { type Fields, FormErrors } from "../messages/form-errors.ts";
import { type Reading, readSnowflake, readText } from "../messages/read-fields.ts";

const MAX_NAME_CHARS = 80;
const MAX_AVATAR_CHARS = 10_000_000;
const FORBIDDEN = ["clyde", "discord"];

export type WebhookForm = { name?: string; avatar?: string | null; channelId?: string };

export function readWebhookForm(fields: Fields): WebhookForm {
  const errors = new FormErrors();
  const at = (name: string) => ({ errors, path: [name] });
  const name = readWebhookName(fields.name, at("name"));
  const avatar = readText(fields.avatar, MAX_AVATAR_CHARS, at("avatar"));
  const channelId = readSnowflake(fields.channel_id, at("channel_id"));
  errors.throwIfAny();
  return {
    ...(name !== undefined && { name }),
    ...("avatar" in fields && { avatar: avatar ?? null }),
    ...(channelId !== undefined && { channelId }),
  };
}

export type FaceForm = {
  username: string | undefined;
  avatarUrl: string | undefined;
  threadName: string | undefined;
};

export function readFace(fields: Fields): FaceForm {
  const errors = new FormErrors();
  const at = (name: string) => ({ errors, path: [name] });
  const face = {
    username: readWebhookName(fields.username, at("username")),
    avatarUrl: readText(fields.avatar_url, 2_048, at("avatar_url")),
    threadName: readText(fields.thread_name, 100, at("thread_name")),
  };
  errors.throwIfAny();
  return face;
}

/** 1 to 80 characters, and nothing that looks official. */
function readWebhookName(value: unknown, reading: Reading): string | undefined {
  const name = readText(value, MAX_NAME_CHARS, reading);
  if (name === undefined) return undefined;
  if (name === "") {
    reading.errors.add(reading.path, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.");
  }
  const found = FORBIDDEN.find((word) => name.toLowerCase().includes(word));
  if (found !== undefined)
    reading.errors.add(
      reading.path,
      "USERNAME_INVALID_CONTAINS",
      `Username cannot contain "${found}"`,
    );
  return name;
}
