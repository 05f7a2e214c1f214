// @ts-check
/**
 * Servers, channels, roles and people: who is called what, and the list of
 * channels to choose from.
 *
 * Owns the directory as last read, and which channels are open.
 */
import { byId, el } from "./dom.js";

/**
 * @typedef {{ id: string, name: string, topic: string | null, barrier: string | null }} Channel
 * @typedef {{ id: string, name: string, channels: Channel[], roles: { id: string, name: string }[] }} Guild
 * @typedef {{ id: string, username: string, displayName: string, bot: boolean }} User
 */

const OPEN_AT_FIRST = 4;
const STORED_OPEN = "open-channels";
const STORED_ACTING = "acting-as";

export class Directory {
  /** @type {Guild[]} */ guilds = [];
  /** @type {User[]} */ users = [];
  /** @type {string[]} */ open = [];
  /** @type {() => void} */ #onChange;

  /** @param {() => void} onChange called when another set of channels is open */
  constructor(onChange) {
    this.#onChange = onChange;
    byId("acting").addEventListener("change", () =>
      localStorage.setItem(STORED_ACTING, this.actingId),
    );
  }

  /** Reads everything anew. Throws when the simulator cannot be reached. */
  async load() {
    const answer = await fetch("/sim/state");
    if (!answer.ok) throw new Error(`the simulator answered ${answer.status}`);
    const { guilds, users } = await answer.json();
    this.guilds = guilds;
    this.users = users;
    this.open = this.#chooseOpen();
    this.#showPeople();
    this.#showGuilds();
    this.#onChange();
  }

  /** The person on whose behalf the page posts; empty when there is none. */
  get actingId() {
    return /** @type {HTMLSelectElement} */ (byId("acting")).value;
  }

  /** @param {string} channelId */
  findChannel(channelId) {
    for (const guild of this.guilds) {
      const channel = guild.channels.find(({ id }) => id === channelId);
      if (channel !== undefined) return { guild, channel };
    }
    return undefined;
  }

  /** @param {string} id */
  findUser(id) {
    return this.users.find((user) => user.id === id);
  }

  /** @type {import("./markdown-view.js").Names} */
  names = {
    user: (id) => this.findUser(id)?.displayName,
    role: (id) =>
      this.guilds
        .flatMap(({ roles }) => roles)
        .find((role) => role.id === id)
        ?.name.replace(/^@/, ""),
    channel: (id) => this.findChannel(id)?.channel.name,
  };

  /** @param {string} channelId */
  toggle(channelId) {
    const others = this.open.filter((id) => id !== channelId);
    this.open = others.length === this.open.length ? [...others, channelId] : others;
    localStorage.setItem(STORED_OPEN, JSON.stringify(this.open));
    this.#showOpen();
    this.#onChange();
  }

  /** What was open last; at the first visit the first channels of each server, so a copy stands beside its source. */
  #chooseOpen() {
    const all = this.guilds.flatMap(({ channels }) => channels.map(({ id }) => id));
    const stored = readStoredIds().filter((id) => all.includes(id));
    if (stored.length > 0) return stored;
    const firsts = this.guilds.flatMap(({ channels }) => channels.slice(0, 1).map(({ id }) => id));
    const rest = all.filter((id) => !firsts.includes(id));
    return [...firsts, ...rest].slice(0, OPEN_AT_FIRST);
  }

  #showPeople() {
    const select = /** @type {HTMLSelectElement} */ (byId("acting"));
    const before = select.value || localStorage.getItem(STORED_ACTING);
    const people = this.users.filter(({ bot }) => !bot);
    select.replaceChildren(
      ...people.map(({ id, displayName }) => el("option", { value: id }, displayName)),
    );
    if (people.some(({ id }) => id === before)) select.value = before ?? "";
  }

  #showGuilds() {
    const sections = this.guilds.map((guild) =>
      el(
        "section",
        {},
        el("h2", {}, guild.name),
        el("ul", {}, ...guild.channels.map((channel) => this.#entry(channel))),
      ),
    );
    const nothing = el("p", { class: "empty" }, "No servers yet.");
    byId("guilds").replaceChildren(...(sections.length > 0 ? sections : [nothing]));
    this.#showOpen();
  }

  /** @param {Channel} channel */
  #entry({ id, name, barrier }) {
    const note =
      barrier === null
        ? null
        : el(
            "span",
            { class: "note" },
            barrier === "access" ? "hidden from bots" : "bots may not write",
          );
    const button = el(
      "button",
      {
        type: "button",
        class: "directory-channel",
        "data-channel": id,
        click: () => this.toggle(id),
      },
      `# ${name}`,
      note,
    );
    return el("li", {}, button);
  }

  #showOpen() {
    for (const button of byId("guilds").querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(this.open.includes(button.dataset.channel ?? "")));
    }
  }
}

/** @returns {string[]} */
function readStoredIds() {
  try {
    const value = JSON.parse(localStorage.getItem(STORED_OPEN) ?? "[]");
    return Array.isArray(value) ? value.filter((id) => typeof id === "string") : [];
  } catch {
    return []; // somebody else's value under this name: as if nothing was stored
  }
}
