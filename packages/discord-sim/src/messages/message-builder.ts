/** Turns a request into a message record: files stored, reply, stickers, poll and mentions resolved. */
import { newMessage } from "../state/new-records.ts";
import type {
  AttachmentRecord,
  ForwardRecord,
  MentionsRecord,
  MessagePlace,
  MessageRecord,
  PollRecord,
  WebhookFace,
} from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { fieldRefusal } from "./form-errors.ts";
import { NO_MENTIONS, resolveMentions } from "./mentions.ts";
import type { MessageForm } from "./message-form.ts";
import { checkUploads, storeUpload, type Upload } from "./uploads.ts";

export type NewMessage = {
  channelId: string;
  /** A user's id, or a webhook's. */
  authorId: string;
  form: MessageForm;
  uploads: readonly Upload[];
  webhook?: WebhookFace;
  forward?: ForwardRecord | undefined;
  origin?: MessagePlace;
  /** Bits only Discord sets. */
  systemFlags?: number;
  /** May name @everyone and roles that are not mentionable; yes unless given. */
  mayMentionAll?: boolean;
  /** A given id, for a forum post's first message, which has its thread's. */
  id?: string;
};

const HOUR_MS = 3_600_000;
const HAS_SNAPSHOT = 1 << 14;

export class MessageBuilder {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** A whole record, not yet in its channel. Throws refusals. */
  build(request: NewMessage): MessageRecord {
    const { channelId, authorId, form, uploads, webhook = null, forward = null } = request;
    checkUploads(uploads, 0);
    const content = form.content ?? "";
    const embeds = form.embeds ?? [];
    const stickers = this.#stickers(channelId, form.stickerIds ?? []);
    const rest = [...embeds, ...uploads, ...stickers, form.poll ?? [], forward ?? []].flat();
    if (content === "" && rest.length === 0) throw refuse.emptyMessage();
    const replyToId = this.#replyTarget(channelId, form);
    const scene = { channelId, content, replyToId, form, webhook };
    const { mayMentionAll = true, systemFlags = 0, origin = null } = request;
    return newMessage({
      id: request.id ?? this.#world.snowflakes.next(),
      channelId,
      authorId,
      content,
      embeds,
      attachments: this.store(form, uploads),
      mentions: this.mentions({ ...scene, mayMentionAll }),
      replyToId,
      nonce: form.nonce ?? null,
      flags: (form.flags ?? 0) | systemFlags | (forward === null ? 0 : HAS_SNAPSHOT),
      tts: form.tts,
      webhook,
      stickers,
      forward,
      origin,
      poll: this.#poll(form),
    });
  }

  #poll({ poll }: MessageForm): PollRecord | null {
    if (poll === undefined) return null;
    const { question, answers, hours, multiselect } = poll;
    return {
      question,
      answers: answers.map((answer, index) => ({ ...answer, id: index + 1, voterIds: [] })),
      endsAtMs: this.#world.clock.nowMs() + hours * HOUR_MS,
      multiselect,
      finalized: false,
    };
  }

  #stickers(channelId: string, ids: readonly string[]) {
    const known = this.#world.guilds.get(this.#world.getChannel(channelId).guildId)?.stickers ?? [];
    return ids.map((id) => {
      const sticker = known.find((entry) => entry.id === id);
      if (sticker === undefined) throw refuse.unknownSticker();
      return sticker;
    });
  }

  #replyTarget(channelId: string, { reply }: MessageForm): string | null {
    if (reply === undefined) return null;
    if (this.#world.findMessage(channelId, reply.messageId) !== undefined) return reply.messageId;
    if (reply.failIfNotExists)
      throw fieldRefusal(["message_reference"], "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
    return null;
  }

  /** Whom the content names, as far as the form and the author's rights let it. */
  mentions(scene: {
    channelId: string;
    content: string;
    replyToId: string | null;
    form: MessageForm;
    webhook: WebhookFace | null;
    mayMentionAll: boolean;
  }): MentionsRecord {
    const { guildId } = this.#world.getChannel(scene.channelId);
    const target =
      scene.replyToId === null
        ? undefined
        : this.#world.findMessage(scene.channelId, scene.replyToId);
    const repliedUserId = target !== undefined && target.webhook === null ? target.authorId : null;
    const unsaid =
      scene.webhook === null ? undefined : { ...NO_MENTIONS, parse: ["users" as const] };
    return resolveMentions({
      content: scene.content,
      allowed: scene.form.allowedMentions ?? unsaid,
      repliedUserId,
      mayMentionAll: scene.mayMentionAll,
      isUser: (id) => this.#world.users.has(id),
      isRole: (id) => {
        const role = this.#world.findRole(guildId, id);
        return role !== undefined && (role.mentionable || scene.mayMentionAll);
      },
    });
  }

  /** Keeps the bytes; the form may name and describe each file. */
  store(form: MessageForm, uploads: readonly Upload[]): AttachmentRecord[] {
    return uploads.map((upload) =>
      storeUpload(
        this.#world,
        upload,
        form.attachments?.find(({ id }) => id === upload.key),
      ),
    );
  }
}
