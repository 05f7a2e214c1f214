/**
 * Creating, editing, pinning and deleting messages, for bots, webhooks and
 * people alike: changes the world and emits the event in one go. Permission to
 * do so was checked before.
 */
import { newMessage } from "../state/new-records.ts";
import type { AttachmentRecord, MessageRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { MessageBuilder, type NewMessage } from "./message-builder.ts";
import type { MessageForm } from "./message-form.ts";
import { NONCE_WINDOW_MS, NonceWindow } from "./nonce-window.ts";
import { pingOf } from "./pings.ts";
import { checkUploads, type Upload } from "./uploads.ts";

const SUPPRESS_EMBEDS = 1 << 2;
const MAX_PINS = 250;
const KEPT_PINGS = 10_000;

export class MessageWrites {
  readonly #world: World;
  readonly #builder: MessageBuilder;
  readonly #nonces: NonceWindow;

  constructor(world: World) {
    this.#world = world;
    this.#builder = new MessageBuilder(world);
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
    return first ?? this.append(this.#builder.build(request));
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
    message.attachments = [...kept, ...this.#builder.store(form, uploads)];
    if (form.flags !== undefined)
      message.flags = (message.flags & ~SUPPRESS_EMBEDS) | (form.flags & SUPPRESS_EMBEDS);
    message.mentions = this.#builder.mentions({ ...message, form, mayMentionAll });
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

  #notePings(message: MessageRecord, cause: "create" | "edit"): void {
    const ping = pingOf(this.#world, message, cause);
    if (ping === undefined) return;
    this.#world.pings.push(ping);
    if (this.#world.pings.length > KEPT_PINGS) this.#world.pings.shift();
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
