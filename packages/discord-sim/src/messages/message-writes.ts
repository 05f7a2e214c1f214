/**
 * Creating, editing, pinning and deleting messages, for bots, webhooks and
 * people alike: changes the world and emits the event in one go. Permission to
 * do so was checked before.
 */
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
import { NONCE_WINDOW_MS, NonceWindow } from "./nonce-window.ts";
import { pingOf } from "./pings.ts";
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
const SUPPRESS_EMBEDS = 1 << 2;
const MAX_PINS = 250;
const KEPT_PINGS = 10_000;

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
    return first ?? this.append(this.#build(request));
  }

  /** Puts a whole message at the end of its channel: notices of the system, copies of crossposts. */
  append(message: MessageRecord): MessageRecord {
    const thread = this.#world.channels.get(message.channelId)?.thread;
    this.#world.log(message.channelId).append(message);
    if (thread !== null && thread !== undefined) thread.totalSent += 1;
    if (message.nonce !== null) this.#rememberNonce(message, message.nonce);
    this.#notePings(message, "create");
    this.#world.events.emit({ type: "messageCreated", message });
    return message;
  }

  /** Changes what the form names and stamps the edit. Throws refusals. */
  edit(
    message: MessageRecord,
    form: MessageForm,
    {
      uploads = [],
      mayMentionAll = true,
    }: { uploads?: readonly Upload[]; mayMentionAll?: boolean } = {},
  ): MessageRecord {
    const content = form.content ?? message.content;
    const embeds = form.embeds ?? message.embeds;
    const kept = keptAttachments(message.attachments, form);
    if (message.poll !== null) throw refuse.cannotEditPoll();
    checkUploads(uploads, kept.length);
    const stillSomething = message.stickers.length > 0 || message.forward !== null;
    if (
      !stillSomething &&
      content === "" &&
      embeds.length === 0 &&
      kept.length + uploads.length === 0
    )
      throw refuse.emptyMessage();
    for (const gone of message.attachments)
      if (!kept.includes(gone)) this.#world.files.delete(gone.id);
    message.content = content;
    message.embeds = embeds;
    message.attachments = [...kept, ...this.#store(form, uploads)];
    if (form.flags !== undefined)
      message.flags = (message.flags & ~SUPPRESS_EMBEDS) | (form.flags & SUPPRESS_EMBEDS);
    message.mentions = this.#mentions({ ...message, form, mayMentionAll });
    if (!changesFlagsOnly(form, uploads)) message.editedAtMs = this.#world.clock.nowMs();
    this.#notePings(message, "edit");
    this.#world.events.emit({ type: "messageUpdated", message });
    return message;
  }

  /** What Discord does when it has fetched a link: embeds appear, and it is no edit. */
  attachPreview(message: MessageRecord, embeds: MessageRecord["embeds"]): void {
    this.touch(message, { embeds });
  }

  /** Changes that are no edit: pins, threads, crosspost flags. */
  touch(
    message: MessageRecord,
    change: Partial<Pick<MessageRecord, "embeds" | "flags" | "pinnedAtMs">> = {},
  ): void {
    Object.assign(message, change);
    this.#world.events.emit({ type: "messageUpdated", message });
  }

  /** Pins or unpins; the channel hears of its pins and gets a notice of a new one. */
  pin(message: MessageRecord, byId: string | null): void {
    const { channelId } = message;
    if (byId !== null && this.pins(channelId).length >= MAX_PINS) throw refuse.tooManyPins();
    const atMs = byId === null ? null : this.#world.clock.nowMs();
    this.touch(message, { pinnedAtMs: atMs });
    this.#world.events.emit({ type: "pinsChanged", channelId, atMs });
    if (byId === null) return;
    const id = this.#world.snowflakes.next();
    this.append(newMessage({ id, channelId, authorId: byId, type: 6, replyToId: message.id }));
  }

  /** Latest pin first. */
  pins(channelId: string): MessageRecord[] {
    return this.#world
      .log(channelId)
      .all()
      .filter(({ pinnedAtMs }) => pinnedAtMs !== null)
      .sort((a, b) => (b.pinnedAtMs ?? 0) - (a.pinnedAtMs ?? 0));
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

  #build(request: NewMessage): MessageRecord {
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
      attachments: this.#store(form, uploads),
      mentions: this.#mentions({ ...scene, mayMentionAll }),
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

  #mentions(scene: {
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

  #notePings(message: MessageRecord, cause: "create" | "edit"): void {
    const ping = pingOf(this.#world, message, cause);
    if (ping === undefined) return;
    this.#world.pings.push(ping);
    if (this.#world.pings.length > KEPT_PINGS) this.#world.pings.shift();
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
    for (const { id } of [...message.attachments, ...(message.forward?.snapshot.attachments ?? [])])
      this.#world.files.delete(id);
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

/** Hiding or showing embeds is no edit. */
function changesFlagsOnly(form: MessageForm, uploads: readonly Upload[]): boolean {
  const { content, embeds, attachments, flags } = form;
  const said = [content, embeds, attachments].some((field) => field !== undefined);
  return flags !== undefined && !said && uploads.length === 0;
}
