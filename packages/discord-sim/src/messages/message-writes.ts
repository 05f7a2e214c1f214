/**
 * Creating, editing and deleting messages, for bots and people alike: changes
 * the world and emits the event in one go. Permission to do so was checked before.
 */
import type { AttachmentRecord, MentionsRecord, MessageRecord } from "../state/records.ts";
import { snowflakeTimeMs } from "../state/snowflakes.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { fieldRefusal } from "./form-errors.ts";
import { resolveMentions } from "./mentions.ts";
import type { MessageForm } from "./message-form.ts";
import { NONCE_WINDOW_MS, NonceWindow } from "./nonce-window.ts";
import { checkUploads, storeUpload, type Upload } from "./uploads.ts";

export type NewMessage = {
  channelId: string;
  authorId: string;
  form: MessageForm;
  uploads: readonly Upload[];
};

export class MessageWrites {
  readonly #world: World;
  readonly #nonces: NonceWindow;

  constructor(world: World) {
    this.#world = world;
    this.#nonces = new NonceWindow(world.clock);
    this.#recallNonces();
  }

  /** The new message, or with enforce_nonce the first one made under that nonce. Throws refusals. */
  create(request: NewMessage): MessageRecord {
    const { form, authorId } = request;
    const first =
      form.enforceNonce && form.nonce !== undefined
        ? this.#findByNonce(authorId, form.nonce)
        : undefined;
    if (first !== undefined) return first;
    const message = this.#build(request);
    this.#world.log(message.channelId).append(message);
    if (message.nonce !== null) this.#rememberNonce(message, message.nonce);
    this.#world.events.emit({ type: "messageCreated", message });
    return message;
  }

  /** Changes what the form names and stamps the edit. Throws refusals. */
  edit(message: MessageRecord, form: MessageForm, uploads: readonly Upload[]): MessageRecord {
    const content = form.content ?? message.content;
    const embeds = form.embeds ?? message.embeds;
    const kept = keptAttachments(message.attachments, form);
    checkUploads(uploads, kept.length);
    if (content === "" && embeds.length === 0 && kept.length + uploads.length === 0)
      throw refuse.emptyMessage();
    for (const gone of message.attachments)
      if (!kept.includes(gone)) this.#world.files.delete(gone.id);
    message.content = content;
    message.embeds = embeds;
    message.attachments = [...kept, ...this.#store(form, uploads)];
    message.mentions = this.#mentions({ ...message, form });
    message.editedAtMs = this.#world.clock.nowMs();
    this.#world.events.emit({ type: "messageUpdated", message });
    return message;
  }

  /** What Discord does when it has fetched a link: embeds appear, and it is no edit. */
  attachPreview(message: MessageRecord, embeds: MessageRecord["embeds"]): void {
    message.embeds = embeds;
    this.#world.events.emit({ type: "messageUpdated", message });
  }

  remove(message: MessageRecord): void {
    const { channelId, id } = message;
    this.#drop(message);
    this.#world.events.emit({ type: "messagesDeleted", channelId, messageIds: [id], bulk: false });
  }

  /** Ids that are not there are passed over, as Discord does. */
  removeMany(channelId: string, messageIds: readonly string[]): void {
    const messages = messageIds.flatMap((id) => this.#world.findMessage(channelId, id) ?? []);
    for (const message of messages) this.#drop(message);
    if (messages.length === 0) return;
    const ids = messages.map(({ id }) => id);
    this.#world.events.emit({ type: "messagesDeleted", channelId, messageIds: ids, bulk: true });
  }

  #build({ channelId, authorId, form, uploads }: NewMessage): MessageRecord {
    checkUploads(uploads, 0);
    const content = form.content ?? "";
    const embeds = form.embeds ?? [];
    if (content === "" && embeds.length === 0 && uploads.length === 0) throw refuse.emptyMessage();
    const replyToId = this.#replyTarget(channelId, form);
    const id = this.#world.snowflakes.next();
    return {
      id,
      channelId,
      authorId,
      content,
      embeds,
      attachments: this.#store(form, uploads),
      createdAtMs: snowflakeTimeMs(id),
      editedAtMs: null,
      mentions: this.#mentions({ channelId, content, replyToId, form }),
      replyToId,
      nonce: form.nonce ?? null,
      flags: form.flags,
      tts: form.tts,
    };
  }

  #replyTarget(channelId: string, { reply }: MessageForm): string | null {
    if (reply === undefined) return null;
    if (this.#world.findMessage(channelId, reply.messageId) !== undefined) return reply.messageId;
    if (reply.failIfNotExists)
      throw fieldRefusal(["message_reference"], "REPLIES_UNKNOWN_MESSAGE", "Unknown message");
    return null;
  }

  #mentions(scene: {
    channelId: string;
    content: string;
    replyToId: string | null;
    form: MessageForm;
  }): MentionsRecord {
    const { guildId } = this.#world.getChannel(scene.channelId);
    const target =
      scene.replyToId === null
        ? undefined
        : this.#world.findMessage(scene.channelId, scene.replyToId);
    return resolveMentions({
      content: scene.content,
      allowed: scene.form.allowedMentions,
      repliedUserId: target?.authorId ?? null,
      isUser: (id) => this.#world.users.has(id),
      isRole: (id) => this.#world.findRole(guildId, id) !== undefined,
    });
  }

  #store(form: MessageForm, uploads: readonly Upload[]): AttachmentRecord[] {
    return uploads.map((upload) =>
      storeUpload(
        this.#world,
        upload,
        form.attachments?.find(({ id }) => id === upload.key),
      ),
    );
  }

  #drop(message: MessageRecord): void {
    this.#world.log(message.channelId).remove(message.id);
    for (const { id } of message.attachments) this.#world.files.delete(id);
  }

  #findByNonce(authorId: string, nonce: string): MessageRecord | undefined {
    const known = this.#nonces.find(authorId, nonce);
    return known && this.#world.findMessage(known.channelId, known.messageId);
  }

  #rememberNonce({ authorId, channelId, id, createdAtMs }: MessageRecord, nonce: string): void {
    this.#nonces.remember(authorId, nonce, { channelId, messageId: id, atMs: createdAtMs });
  }

  /** After a start from a file the window covers what was posted before the stop. */
  #recallNonces(): void {
    const sinceMs = this.#world.clock.nowMs() - NONCE_WINDOW_MS;
    const recent = [...this.#world.channels.keys()]
      .flatMap((channelId) => this.#world.log(channelId).all())
      .filter(({ createdAtMs }) => createdAtMs > sinceMs)
      .sort((a, b) => a.createdAtMs - b.createdAtMs);
    for (const message of recent)
      if (message.nonce !== null) this.#rememberNonce(message, message.nonce);
  }
}

/** Without `attachments` all stay; with it, only those listed. */
function keptAttachments(current: AttachmentRecord[], form: MessageForm): AttachmentRecord[] {
  const listed = form.attachments;
  return listed === undefined
    ? current
    : current.filter(({ id }) => listed.some((entry) => entry.id === id));
}
