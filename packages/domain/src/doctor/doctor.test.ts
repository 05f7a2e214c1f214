import { expect, test } from "vitest";
import type { DiscordChannel, DiscordRole, GuildView } from "../discord/guild-view.ts";
import { PERMISSION_BITS, type PermissionName } from "../discord/permissions.ts";
import { examineJoining } from "./examine-joining.ts";
import { examineRole } from "./examine-role.ts";
import { examineRoute, examineSource } from "./examine-route.ts";
import type { Finding } from "./finding.ts";
import type { BotStanding, RouteScene } from "./scene.ts";

const bits = (...names: PermissionName[]) =>
  names.reduce((sum, name) => sum | PERMISSION_BITS[name], 0n).toString();
const ALL = bits(
  "View Channel",
  "Send Messages",
  "Embed Links",
  "Attach Files",
  "Read Message History",
  "Manage Roles",
  "Manage Webhooks",
);

const role = (
  roleId: string,
  name: string,
  position: number,
  changes: Partial<DiscordRole> = {},
) => ({
  roleId,
  name,
  position,
  permissions: "0",
  managed: false,
  mentionable: false,
  ...changes,
});

const GUILD: GuildView = {
  guildId: "1",
  name: "Club",
  ownerId: "7",
  botUserId: "10",
  botRoleIds: ["3"],
  roles: [
    role("1", "@everyone", 0, { permissions: bits("View Channel") }),
    role("2", "Member", 1),
    role("3", "Heliograph", 2, { permissions: ALL, managed: true }),
    role("4", "Staff", 3),
  ],
};
const CHANNEL: DiscordChannel = {
  channelId: "20",
  name: "signals",
  type: 0,
  position: 0,
  parentId: null,
  overwrites: [],
};
const BOT: BotStanding = {
  botUserId: "10",
  name: "Heliograph",
  state: "online",
  code: null,
  intents: ["messageContent"],
};
const SCENE: RouteScene = {
  bot: BOT,
  guild: GUILD,
  guildId: "1",
  channel: CHANNEL,
  mode: "bot",
  place: "channel",
  pingRoleId: null,
  targets: 1,
  test: null,
};

const route = (changes: Partial<RouteScene>) => examineRoute({ ...SCENE, ...changes });
const codes = (findings: readonly Finding[]) => findings.map(({ code }) => code);
const shut = (id: string, ...names: PermissionName[]): DiscordChannel => ({
  ...CHANNEL,
  overwrites: [{ id, kind: "role", allow: "0", deny: bits(...names) }],
});
const withRole = (changes: Partial<DiscordRole>): GuildView => ({
  ...GUILD,
  roles: GUILD.roles.map((one) => (one.roleId === "3" ? { ...one, ...changes } : one)),
});

test("a healthy route has no findings, as bot and as webhook", () => {
  expect(route({})).toEqual([]);
  expect(route({ mode: "webhook" })).toEqual([]);
});

test("each thing that is missing has its code", () => {
  expect(codes(route({ bot: null, guild: null }))).toEqual(["bot_unknown"]);
  expect(codes(route({ bot: { ...BOT, state: "offline" } }))).toEqual(["bot_offline"]);
  expect(codes(route({ bot: { ...BOT, state: "refused", code: "bad_token" } }))).toEqual([
    "bot_refused",
  ]);
  expect(codes(route({ guild: null }))).toEqual(["bot_not_in_server"]);
  expect(codes(route({ channel: null }))).toEqual(["channel_unknown"]);
  expect(codes(route({ channel: { ...CHANNEL, type: 15 } }))).toEqual(["channel_wrong_kind"]);
  expect(codes(route({ pingRoleId: "99" }))).toEqual(["ping_role_unknown"]);
  expect(codes(route({ pingRoleId: "2" }))).toEqual(["ping_role_silent"]);
  expect(codes(route({ targets: 46 }))).toEqual(["token_full"]);
});

test("a channel that @everyone may not see is cured in the channel, at the bot's own role", () => {
  const [finding, ...others] = route({ channel: shut("1", "View Channel", "Send Messages") });
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ code: "missing_permission", severity: "error" });
  expect(finding?.message).toContain("View Channel in #signals: @everyone is denied it there");
  expect(finding?.fix).toContain("#signals > Edit Channel > Permissions");
  expect(finding?.fix).toContain("Heliograph");
});

test("a permission that the bot has nowhere is cured in the server's settings", () => {
  const findings = route({ guild: withRole({ permissions: bits("View Channel") }) });
  expect(codes(findings)).toEqual(Array(4).fill("missing_permission"));
  expect(findings[0]?.fix).toContain("Server Settings > Roles > Heliograph > Permissions");
});

test("as a webhook the bot needs Manage Webhooks and not to send", () => {
  const channel = shut("3", "Send Messages");
  expect(route({ mode: "webhook", channel })).toEqual([]);
  const findings = route({ mode: "webhook", channel: shut("3", "Manage Webhooks") });
  expect(findings[0]?.message).toContain("Manage Webhooks");
});

test("a forum is posted in as one, and a thread needs its own permission", () => {
  const forum = { ...CHANNEL, type: 15 };
  const inThreads = withRole({
    permissions: `${BigInt(ALL) | BigInt(bits("Send Messages in Threads"))}`,
  });
  expect(route({ place: "forum", channel: forum, guild: inThreads })).toEqual([]);
  expect(codes(route({ place: "forum" }))).toEqual(["channel_wrong_kind"]);
  expect(route({ place: "thread", guild: inThreads })).toEqual([]);
  expect(route({ place: "thread" })[0]?.message).toContain("Send Messages in Threads");
});

test("a bot that is not in the server is invited with what it needs", () => {
  const [finding] = route({ guild: null });
  const url = new URL(/https:\S+/.exec(finding?.fix ?? "")?.[0] ?? "");
  expect(url.searchParams.get("client_id")).toBe("10");
  expect(url.searchParams.get("guild_id")).toBe("1");
  const invited = BigInt(url.searchParams.get("permissions") ?? "0");
  expect(invited & BigInt(ALL)).toBe(BigInt(ALL));
});

test("a bot that may not invite cannot add people, and is told which permission to switch on", () => {
  const scene = { bot: BOT, guild: GUILD, guildId: "1" };
  const [finding, ...others] = examineJoining(scene);
  expect(others).toEqual([]);
  expect(finding?.message).toBe("The bot lacks Create Invite in Club.");
  expect(finding?.fix).toContain("Server Settings > Roles > Heliograph > Permissions");
  const inviting = withRole({ permissions: bits("Create Invite") });
  expect(examineJoining({ ...scene, guild: inviting })).toEqual([]);
});

test("the webhooks of a channel are a budget, of a route in webhook mode only", () => {
  const test = (webhooks: number) => ({ state: "done", webhooks, failure: null }) as const;
  expect(route({ mode: "webhook", test: test(12) })).toEqual([]);
  expect(route({ mode: "webhook", test: test(13) })[0]).toMatchObject({
    code: "webhook_budget",
    severity: "warning",
  });
  expect(route({ mode: "webhook", test: test(15) })[0]).toMatchObject({ severity: "error" });
  expect(route({ test: test(15) })).toEqual([]);
});

test("a test message that failed, or was never answered, is told", () => {
  const failure = { code: "missing_access", message: "No." };
  expect(codes(route({ test: { state: "done", webhooks: null, failure } }))).toEqual([
    "test_failed",
  ]);
  expect(codes(route({ test: { state: "unanswered", webhooks: null, failure: null } }))).toEqual([
    "test_unanswered",
  ]);
});

test("a source needs to be seen and read, and the intent to read what is written", () => {
  const source = { ...SCENE, channel: shut("1", "Read Message History") };
  expect(codes(examineSource(source))).toEqual(["missing_permission"]);
  const alone = { ...SCENE, guild: withRole({ permissions: "0" }) };
  expect(codes(examineSource(alone))).toEqual(["missing_permission"]);
  expect(codes(examineSource({ ...SCENE, bot: { ...BOT, intents: [] } }))).toEqual(["intents_off"]);
});

test("intents that Discord refuses are named with the place to switch them on", () => {
  const bot = { ...BOT, state: "refused" as const, code: "disallowed_intents" };
  const [finding] = examineSource({ ...SCENE, bot });
  expect(finding).toMatchObject({ code: "intents_off", severity: "error" });
  expect(finding?.fix).toContain("Privileged Gateway Intents");
});

const roleFindings = (roleId: string, guild: GuildView = GUILD) =>
  examineRole({ bot: BOT, guild, guildId: "1", roleId });

test("a role is given by a bot that manages roles and stands above it", () => {
  expect(roleFindings("2")).toEqual([]);
  expect(codes(roleFindings("4"))).toEqual(["bot_below_role"]);
  expect(codes(roleFindings("3"))).toEqual(["role_not_givable"]);
  expect(codes(roleFindings("1"))).toEqual(["role_not_givable"]);
  expect(codes(roleFindings("99"))).toEqual(["role_unknown"]);
  expect(codes(roleFindings("2", withRole({ permissions: "0" })))).toEqual(["missing_permission"]);
});

test("a bot cannot give its own highest role", () => {
  expect(codes(roleFindings("4", { ...GUILD, botRoleIds: ["3", "4"] }))).toEqual([
    "bot_below_role",
  ]);
});

test("at one position the older role is the higher; an owner stands above all", () => {
  const beside = withRole({ position: 1 });
  expect(codes(roleFindings("2", beside))).toEqual(["bot_below_role"]);
  expect(roleFindings("4", { ...GUILD, ownerId: "10" })).toEqual([]);
  const [finding] = roleFindings("4");
  expect(finding?.fix).toBe(
    "In Discord: Club > Server Settings > Roles: drag Heliograph above Staff.",
  );
});

test("an administrator passes every overwrite", () => {
  const guild = withRole({ permissions: bits("Administrator") });
  expect(route({ guild, channel: shut("1", "View Channel") })).toEqual([]);
});
