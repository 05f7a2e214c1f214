/** Reading and applying what a request says of a thread. Throws refusals. */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { type Fields, FormErrors } from "../messages/form-errors.ts";
import {
  readFlag,
  readInteger,
  readList,
  readSnowflake,
  readText,
  under,
} from "../messages/read-fields.ts";
import type { BotRecord, ChannelRecord } from "../state/records.ts";
import type { ThreadChange } from "../state/thread-writes.ts";
import { refuse } from "../wire/api-error.ts";
import { hasIn, requireIn } from "./access.ts";
import type { RestParts } from "./rest-env.ts";

const MAX_NAME_CHARS = 100;
const ARCHIVE_MINUTES = [60, 1_440, 4_320, 10_080];
const MAX_APPLIED_TAGS = 5;
const MAX_SLOWMODE_SECONDS = 21_600;

export function readThreadForm(fields: Fields): ThreadChange {
  const errors = new FormErrors();
  const at = (name: string) => ({ errors, path: [name] });
  const form = {
    name: readText(fields.name, MAX_NAME_CHARS, at("name")),
    archived: readFlag(fields.archived, at("archived")),
    locked: readFlag(fields.locked, at("locked")),
    invitable: readFlag(fields.invitable, at("invitable")),
    autoArchiveMinutes: readInteger(
      fields.auto_archive_duration,
      10_080,
      at("auto_archive_duration"),
    ),
    slowmodeSeconds: readInteger(
      fields.rate_limit_per_user,
      MAX_SLOWMODE_SECONDS,
      at("rate_limit_per_user"),
    ),
    appliedTagIds: readList(fields.applied_tags, MAX_APPLIED_TAGS, at("applied_tags"))?.flatMap(
      (id, index) => readSnowflake(id, under(at("applied_tags"), index)) ?? [],
    ),
  };
  const minutes = form.autoArchiveMinutes;
  if (minutes !== undefined && !ARCHIVE_MINUTES.includes(minutes))
    errors.add(
      ["auto_archive_duration"],
      "BASE_TYPE_CHOICES",
      `Value must be one of {${ARCHIVE_MINUTES.join(", ")}}.`,
    );
  if (form.name === "")
    errors.add(["name"], "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.");
  errors.throwIfAny();
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}

/**
 * Its owner may rename and archive it; everything else takes the right to
 * manage threads. Who may write in it may wake it, unless it is locked.
 */
export function changeThread(
  { world, threads }: RestParts,
  bot: BotRecord,
  channel: ChannelRecord,
  fields: Fields,
): void {
  const change = readThreadForm(fields);
  const { thread } = channel;
  if (thread === null) return;
  const manages = hasIn(world, bot, channel, P.ManageThreads);
  const wakesOnly = change.archived === false && Object.keys(change).length === 1;
  if (thread.archived && change.archived !== false) throw refuse.threadArchived();
  if (!manages && wakesOnly && !thread.locked)
    requireIn(world, bot, channel, P.SendMessagesInThreads);
  else if (!manages) {
    const own = thread.ownerId === bot.userId;
    const needsManager = change.locked !== undefined || change.slowmodeSeconds !== undefined;
    if (!own || needsManager || thread.locked) throw refuse.missingPermissions();
  }
  checkTags(world.channels.get(channel.parentId ?? ""), change.appliedTagIds, manages);
  threads.change(channel, change);
}

/** Tags exist in the forum; moderated ones are for those who manage threads; some forums want one. */
export function checkTags(
  parent: ChannelRecord | undefined,
  tagIds: readonly string[] | undefined,
  manages: boolean,
): void {
  if (parent === undefined || tagIds === undefined) return;
  if (parent.tagRequired && tagIds.length === 0) throw refuse.tagRequired();
  for (const id of tagIds) {
    const tag = parent.tags.find((known) => known.id === id);
    if (tag === undefined) throw refuse.unknownTag();
    if (tag.moderated && !manages) throw refuse.missingPermissions();
  }
}
