/** Reads an action from JSON: every field of its kind, each of its type. Throws the refusal naming what is wrong. */
import { type Fields, FormErrors } from "../messages/form-errors.ts";
import type { SimAction } from "./actions.ts";

type FieldType = "text" | "number" | "flag" | "texts" | "textOrNull";
/** A question mark behind the type: may be absent. */
type Shape = Readonly<Record<string, FieldType | `${FieldType}?`>>;

const member = { guildId: "text", userId: "text" } as const;
const message = { channelId: "text", messageId: "text" } as const;

const SHAPES: Readonly<Record<SimAction["kind"], Shape>> = {
  addUser: { username: "text", displayName: "text?", email: "text?" },
  join: member,
  leave: member,
  ban: { ...member, reason: "text?" },
  unban: member,
  passScreening: member,
  setScreening: { guildId: "text", on: "flag" },
  setNick: { ...member, nick: "textOrNull" },
  giveRole: { ...member, roleId: "text" },
  takeRole: { ...member, roleId: "text" },
  addRole: { guildId: "text", name: "text", permissions: "text?", color: "number?" },
  removeRole: { guildId: "text", roleId: "text" },
  moveRole: { guildId: "text", roleId: "text", position: "number" },
  setRolePermissions: { guildId: "text", roleId: "text", permissions: "text" },
  addChannel: { guildId: "text", name: "text", type: "text?", parentId: "text?" },
  renameChannel: { channelId: "text", name: "text" },
  removeChannel: { channelId: "text" },
  setOverwrite: { channelId: "text", id: "text", type: "text", allow: "text?", deny: "text?" },
  removeOverwrite: { channelId: "text", id: "text" },
  openThread: {
    channelId: "text",
    userId: "text",
    name: "text",
    messageId: "text?",
    content: "text?",
    tagIds: "texts?",
    private: "flag?",
  },
  changeThread: { channelId: "text", archived: "flag?", locked: "flag?", name: "text?" },
  pin: { ...message, userId: "text" },
  unpin: message,
  publish: message,
  vote: { ...message, userId: "text", answerId: "number" },
  takeVoteBack: { ...message, userId: "text", answerId: "number" },
  suppressEmbeds: message,
  deauthorize: { clientId: "text", userId: "text" },
};

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  "addChannel.type": ["text", "announcement", "forum", "media", "voice", "category"],
  "setOverwrite.type": ["role", "member"],
};

export function readAction(fields: Fields): SimAction {
  const errors = new FormErrors();
  const kind = String(fields.kind);
  const shape = Object.entries(SHAPES).find(([name]) => name === kind)?.[1];
  if (shape === undefined) errors.add(["kind"], "BASE_TYPE_CHOICES", "No such action.");
  const read: Record<string, unknown> = { kind };
  for (const [name, type] of Object.entries(shape ?? {})) {
    const value = fields[name];
    if (value === undefined && type.endsWith("?")) continue;
    if (fits(value, type, CHOICES[`${kind}.${name}`])) read[name] = value;
    else errors.add([name], "BASE_TYPE_REQUIRED", `Must be: ${type.replace("?", "")}.`);
  }
  errors.throwIfAny();
  return read as SimAction; // every field was checked against the shape of its kind
}

function fits(value: unknown, type: string, choices: readonly string[] | undefined): boolean {
  if (choices !== undefined) return typeof value === "string" && choices.includes(value);
  switch (type.replace("?", "")) {
    case "text":
      return typeof value === "string";
    case "textOrNull":
      return typeof value === "string" || value === null;
    case "number":
      return typeof value === "number" && Number.isInteger(value);
    case "flag":
      return typeof value === "boolean";
    default:
      return Array.isArray(value) && value.every((item) => typeof item === "string");
  }
}
