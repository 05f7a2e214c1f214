// @ts-check
/**
 * Servers, channels, roles and people: who is called what, and the list of
 * channels to choose from.
 *
 * Owns the directory as last read, and which channels are open.
 */
import { byId, el } from "./dom.js";
import { membersView } from "./members-view.js";

/**
 * @typedef {object} Channel
 * @property {string} id
 * @property {number} type
 * @property {string} name
 * @property {string | null} barrier
 * @property {boolean} [archived] threads only
 * @property {boolean} [locked] threads only
 * @property {Channel[]} [threads] channels only
 * @typedef {import("./members-view.js").Guild & { channels: Channel[] }} Guild
 * @typedef {{ id: string, username: string, displayName: string, bot: boolean }} User
 */

/** Categories, forums and media channels hold channels or posts, no messages. */
const WITHOUT_MESSAGES = [4, 15, 16];
const OPEN_AT_FIRST = 4;
const STORED_OPEN = "open-channels";
const STORED_ACTING = "acting-as";

export class Directory {
  /** @type {Guild[]} */ guilds = [];
  /** @type {User[]} */ users = [];
  /** @type {string[]} */ open = [];
  /** @type {Set<string>} */ #unfolded = new Set();
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
      const channel = withThreads(guild.channels).find(({ id }) => id === channelId);
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

  /**
   * Opens a channel unless it is open.
   * @param {string} channelId
   */
  show(channelId) {
    if (!this.open.includes(channelId)) this.toggle(channelId);
  }

  /** What was open last; at the first visit the first channels of each server, so a copy stands beside its source. */
  #chooseOpen() {
    const known = this.guilds.flatMap(({ channels }) => withThreads(channels).map(({ id }) => id));
    const stored = readStoredIds().filter((id) => known.includes(id));
    if (stored.length > 0) return stored;
    const writable = this.guilds.map(({ channels }) =>
      channels.filter(({ type }) => !WITHOUT_MESSAGES.includes(type)).map(({ id }) => id),
    );
    const firsts = writable.flatMap((ids) => ids.slice(0, 1));
    const rest = writable.flat().filter((id) => !firsts.includes(id));
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
        el("ul", {}, ...guild.channels.map((channel) => this.#branch(channel))),
        this.#members(guild),
      ),
    );
    const nothing = el("p", { class: "empty" }, "No servers yet.");
    byId("guilds").replaceChildren(...(sections.length > 0 ? sections : [nothing]));
    this.#showOpen();
  }

  /** @param {Guild} guild */
  #members(guild) {
    return membersView(guild, {
      open: this.#unfolded.has(guild.id),
      onToggle: (open) => (open ? this.#unfolded.add(guild.id) : this.#unfolded.delete(guild.id)),
      onProblem: (text) => {
        byId("directory-problem").textContent = text;
      },
    });
  }

  /**
   * A channel with its threads below it.
   * @param {Channel} channel
   */
  #branch(channel) {
    const { threads = [] } = channel;
    const below = threads.map((thread) => el("li", {}, this.#entry(thread)));
    const head = WITHOUT_MESSAGES.includes(channel.type)
      ? el("p", { class: "directory-label" }, channel.name)
      : this.#entry(channel);
    return el("li", {}, head, below.length > 0 && el("ul", { class: "threads" }, ...below));
  }

  /** @param {Channel} channel */
  #entry({ id, name, barrier, archived, locked }) {
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
      `${archived === undefined ? "#" : "↳"} ${name}`,
      note,
      (locked || archived) && el("span", { class: "state" }, locked ? "locked" : "archived"),
    );
    return button;
  }

  #showOpen() {
    for (const button of byId("guilds").querySelectorAll("button[data-channel]")) {
      button.setAttribute(
        "aria-pressed",
        String(this.open.includes(button.getAttribute("data-channel") ?? "")),
      );
    }
  }
}

/**
 * @param {Channel[]} channels
 * @returns {Channel[]}
 */
function withThreads(channels) {
  return channels.flatMap((channel) => [channel, ...(channel.threads ?? [])]);
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
