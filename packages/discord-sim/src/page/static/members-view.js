// @ts-check
/** Who is in a server, with which roles, and the order of its roles. Roles are given and taken here, as its owner would. */
import { act } from "./actions.js";
import { el } from "./dom.js";

/**
 * @typedef {{ id: string, name: string, color: number, position: number, managed: boolean }} Role
 * @typedef {object} Member
 * @property {string} userId
 * @property {string} displayName
 * @property {boolean} bot
 * @property {string | null} nick
 * @property {boolean} pending
 * @property {{ id: string, name: string }[]} roles
 * @typedef {{ id: string, name: string, roles: Role[], members: Member[] }} Guild
 */

/**
 * @param {Guild} guild
 * @param {{ open: boolean, onToggle: (open: boolean) => void, onProblem: (text: string) => void }} fold
 * @returns {HTMLElement}
 */
export function membersView(guild, { open, onToggle, onProblem }) {
  /** @param {object} action */
  const send = (action) =>
    void act({ guildId: guild.id, ...action }).catch((error) => onProblem(error.message));
  const order = guild.roles.filter(({ id }) => id !== guild.id).map(({ name }) => name);
  const box = el(
    "details",
    { class: "members", open },
    el("summary", {}, `Members (${guild.members.length})`),
    el("ul", {}, ...guild.members.map((member) => memberView(guild, member, send))),
    order.length > 0 &&
      el("p", { class: "role-order" }, `Roles, highest first: ${order.join(", ")}`),
  );
  box.addEventListener("toggle", () => onToggle(box.hasAttribute("open")));
  return box;
}

/**
 * @param {Guild} guild
 * @param {Member} member
 * @param {(action: object) => void} send
 */
function memberView(guild, member, send) {
  const { userId, bot, pending, roles } = member;
  const name = member.nick ?? member.displayName;
  const managed = new Set(guild.roles.filter((role) => role.managed).map(({ id }) => id));
  const chips = roles.map((role) =>
    roleChip(guild, role, {
      name,
      take: managed.has(role.id) ? null : () => send({ kind: "takeRole", userId, roleId: role.id }),
    }),
  );
  const free = guild.roles.filter(
    (role) => role.id !== guild.id && !role.managed && !roles.some(({ id }) => id === role.id),
  );
  return el(
    "li",
    { class: "member" },
    el("span", { class: "member-name" }, name),
    bot && el("span", { class: "badge" }, "BOT"),
    pending && el("span", { class: "pending" }, "not screened yet"),
    ...chips,
    free.length > 0 && giver(name, free, (roleId) => send({ kind: "giveRole", userId, roleId })),
  );
}

/**
 * @param {Guild} guild
 * @param {{ id: string, name: string }} role
 * @param {{ name: string, take: (() => void) | null }} about
 */
function roleChip(guild, role, { name, take }) {
  const color = guild.roles.find(({ id }) => id === role.id)?.color ?? 0;
  const chip = el(
    "span",
    { class: "role" },
    role.name,
    take &&
      el(
        "button",
        { type: "button", "aria-label": `Take ${role.name} from ${name}`, click: take },
        "✕",
      ),
  );
  if (color !== 0) chip.style.borderColor = `#${color.toString(16).padStart(6, "0")}`;
  return chip;
}

/**
 * @param {string} name
 * @param {Role[]} roles
 * @param {(roleId: string) => void} give
 */
function giver(name, roles, give) {
  const select = /** @type {HTMLSelectElement} */ (
    el(
      "select",
      { class: "giver", "aria-label": `Give a role to ${name}` },
      el("option", { value: "" }, "+ role"),
      ...roles.map((role) => el("option", { value: role.id }, role.name)),
    )
  );
  select.addEventListener("change", () => give(select.value));
  return select;
}
