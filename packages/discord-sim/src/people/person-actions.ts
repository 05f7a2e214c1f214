/**
 * What people do in Discord's own app, for which it has no REST of its own that
 * a bot could use: post, edit, delete as anyone. Same rules as for bots, without
 * rate limits. Throws the same refusals.
 */
import { PermissionFlagsBits } from "discord-api-types/v10";
import { type Fields, isFields } from "../messages/form-errors.ts";
import { takeForward } from "../messages/forwards.ts";
import { readMessageForm } from "../messages/message-form.ts";
import type { MessageWrites } from "../messages/message-writes.ts";
import type { Upload } from "../messages/uploads.ts";
import type { MessageRecord, UserRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";

/** Who acts: by id, or by username. */
export type Person = { userId: string } | { username: string };

export type PersonFile = { name: string; contentType?: string; data: Uint8Array | string };

export type PersonPost = Person & {
  channelId: string;
  content?: string;
  embeds?: readonly object[];
  files?: readonly PersonFile[];
  /** Id of the message this replies to. */
  replyTo?: string;
  /** What this forwards. */
  forward?: { channelId: string; messageId: string };
  stickerIds?: readonly string[];
  poll?: { question: string; answers: readonly string[]; hours?: number };
};

export type PersonEdit = {
  channelId: string;
  messageId: string;
  content?: string;
  embeds?: readonly object[];
};

export class PersonActions {
  readonly #world: World;
  readonly #messages: MessageWrites;

  constructor(world: World, messages: MessageWrites) {
    this.#world = world;
    this.#messages = messages;
  }

  post(request: PersonPost): MessageRecord {
    const channel = this.#world.channels.get(request.channelId);
    if (channel === undefined) throw refuse.unknownChannel();
    const form = readMessageForm(toBody(request));
    const author = this.#getPerson(request);
    const { forward } = request;
    const permissions = this.#world.permissionsIn(channel, author.id);
    return this.#messages.create({
      channelId: channel.id,
      authorId: author.id,
      form,
      uploads: (request.files ?? []).map(toUpload),
      mayMentionAll: (permissions & PermissionFlagsBits.MentionEveryone) !== 0n,
      forward:
        forward &&
        takeForward(
          this.#world,
          this.#getMessage(forward.channelId, forward.messageId),
          channel.id,
        ),
    });
  }

  /** People may edit any message here: the page acts for whoever wrote it. */
  edit({ channelId, messageId, content, embeds }: PersonEdit): MessageRecord {
    const form = readMessageForm({ content, embeds });
    return this.#messages.edit(this.#getMessage(channelId, messageId), form);
  }

  /** A link preview arriving late: embeds change, and it does not count as an edit. */
  preview({
    channelId,
    messageId,
    embeds,
  }: {
    channelId: string;
    messageId: string;
    embeds: readonly object[];
  }): void {
    const form = readMessageForm({ embeds });
    this.#messages.attachPreview(this.#getMessage(channelId, messageId), form.embeds ?? []);
  }

  remove({ channelId, messageId }: { channelId: string; messageId: string }): void {
    this.#messages.remove(this.#getMessage(channelId, messageId));
  }

  bulkRemove({
    channelId,
    messageIds,
  }: {
    channelId: string;
    messageIds: readonly string[];
  }): void {
    this.#messages.removeMany(channelId, messageIds);
  }

  #getPerson(person: Person): UserRecord {
    const user =
      "userId" in person
        ? this.#world.users.get(person.userId)
        : this.#world.findUserByName(person.username);
    if (user === undefined) throw refuse.unknownUser();
    return user;
  }

  #getMessage(channelId: string, messageId: string): MessageRecord {
    const message = this.#world.findMessage(channelId, messageId);
    if (message === undefined) throw refuse.unknownMessage();
    return message;
  }
}

/** As a bot would send it over REST. */
function toBody({ content, embeds, replyTo, stickerIds, poll }: PersonPost): Fields {
  return {
    content,
    embeds,
    ...(replyTo !== undefined && { message_reference: { message_id: replyTo } }),
    ...(stickerIds !== undefined && { sticker_ids: stickerIds }),
    ...(poll !== undefined && {
      poll: {
        question: { text: poll.question },
        answers: poll.answers.map((text) => ({ poll_media: { text } })),
        duration: poll.hours,
      },
    }),
  };
}

function toUpload(file: PersonFile, index: number): Upload {
  const data = typeof file.data === "string" ? Buffer.from(file.data, "base64") : file.data;
  return {
    key: String(index),
    filename: file.name,
    contentType: file.contentType ?? "application/octet-stream",
    data: new Uint8Array(data),
  };
}

/** A JSON body of the page or a test, as a post. Only shapes are checked here; the rules come later. */
export function readPersonPost(
  channelId: string,
  fields: Fields,
  uploads: readonly Upload[],
): PersonPost {
  const { userId, username, content, embeds, replyTo } = fields;
  const person =
    typeof userId === "string"
      ? { userId }
      : { username: typeof username === "string" ? username : "" };
  return {
    ...person,
    channelId,
    ...(typeof content === "string" && { content }),
    ...(Array.isArray(embeds) && { embeds: embeds.filter(isFields) }),
    ...(typeof replyTo === "string" && replyTo !== "" && { replyTo }),
    ...readExtras(fields),
    files: [
      ...readPersonFiles(fields.files),
      ...uploads.map(({ filename, contentType, data }) => ({ name: filename, contentType, data })),
    ],
  };
}

function readExtras({ forward, stickerIds, poll }: Fields): Partial<PersonPost> {
  const { channelId, messageId } = isFields(forward) ? forward : {};
  const { question, answers, hours } = isFields(poll) ? poll : {};
  return {
    ...(typeof channelId === "string" &&
      typeof messageId === "string" && { forward: { channelId, messageId } }),
    ...(Array.isArray(stickerIds) && { stickerIds: stickerIds.map(String) }),
    ...(typeof question === "string" &&
      Array.isArray(answers) && {
        poll: {
          question,
          answers: answers.map(String),
          ...(typeof hours === "number" && { hours }),
        },
      }),
  };
}

/** Files in JSON: `{name, contentType?, data: base64}`. */
function readPersonFiles(value: unknown): PersonFile[] {
  const files: unknown[] = Array.isArray(value) ? value : [];
  return files
    .filter(isFields)
    .flatMap(({ name, contentType, data }) =>
      typeof name === "string" && typeof data === "string"
        ? [{ name, data, ...(typeof contentType === "string" && { contentType }) }]
        : [],
    );
}
