/** Whether a route can work: what stands between the bot and a post in the target channel. */
import { channelPermissions, has, type PermissionName } from "../discord/permissions.ts";
import { examineBot } from "./examine-bot.ts";
import { examineChannelPermissions } from "./examine-permissions.ts";
import type { Finding } from "./finding.ts";
import type { ChannelScene, RouteScene, TestResult } from "./scene.ts";

/** Target channels that one token serves within the promise of speed: Discord lets it begin 50 calls a second. */
export const TARGETS_PER_TOKEN = 45;
/** What Discord allows a channel. */
const WEBHOOKS_PER_CHANNEL = 15;
const FEW_LEFT = 2;

const ANNOUNCEMENTS = 5;
const FORUMS = [15, 16]; // forum, media
const POSTABLE: Readonly<Record<RouteScene["place"], ReadonlySet<number>>> = {
  channel: new Set([0, 2, ANNOUNCEMENTS, 13]), // text, voice, announcements, stage
  thread: new Set([0, ANNOUNCEMENTS, ...FORUMS]),
  forum: new Set(FORUMS),
};
const KIND_WANTED: Readonly<Record<RouteScene["place"], string>> = {
  channel: "one that can be posted in",
  thread: "one that has threads",
  forum: "a forum",
};
const KINDS: Readonly<Record<number, string>> = {
  4: "a category",
  14: "a directory",
  15: "a forum",
  16: "a media channel",
};

const TO_POST: readonly PermissionName[] = [
  "View Channel",
  "Embed Links",
  "Attach Files",
  "Read Message History", // it looks before it posts again, and answers the mirrored post
];
const AS_WEBHOOK: readonly PermissionName[] = [
  "View Channel",
  "Manage Webhooks",
  "Read Message History",
];

export function examineRoute(scene: RouteScene): Finding[] {
  const { guild, channel, place } = scene;
  const findings = [...examineBot(scene, scene.guildId, []), ...examineLoad(scene)];
  if (guild === null) return findings;
  if (channel === null) return [...findings, unknownChannel(scene)];
  if (!POSTABLE[place].has(channel.type)) {
    return [...findings, wrongKind(scene, KIND_WANTED[place])];
  }
  return [
    ...findings,
    ...examineChannelPermissions(guild, channel, neededFor(scene)),
    ...examinePing(scene),
    ...(scene.test === null ? [] : examineTest(scene.test, scene)),
  ];
}

function neededFor({ mode, place }: RouteScene): readonly PermissionName[] {
  if (mode === "webhook") return AS_WEBHOOK;
  const inThreads: readonly PermissionName[] =
    place === "channel" ? [] : ["Send Messages in Threads"];
  const toSend: readonly PermissionName[] = place === "thread" ? [] : ["Send Messages"];
  return [...TO_POST, ...toSend, ...inThreads];
}

/** Whether a channel can be captured. */
export function examineSource(scene: ChannelScene): Finding[] {
  const findings = examineBot(scene, scene.guildId, ["messageContent"]);
  if (scene.guild === null) return findings;
  if (scene.channel === null) return [...findings, unknownChannel(scene)];
  if (scene.channel.type === 4) return [...findings, wrongKind(scene, "one that is posted in")];
  const needed: readonly PermissionName[] = ["View Channel", "Read Message History"];
  return [...findings, ...examineChannelPermissions(scene.guild, scene.channel, needed)];
}

function unknownChannel({ guild, guildId }: ChannelScene): Finding {
  return {
    code: "channel_unknown",
    severity: "error",
    message: `There is no such channel in ${guild?.name ?? guildId}.`,
    fix: "Choose the channel from the list; its id is under Copy Channel ID in Discord, with Developer Mode on (User Settings > Advanced).",
  };
}

function wrongKind({ channel }: ChannelScene, wanted: string): Finding {
  const kind = KINDS[channel?.type ?? -1] ?? "another kind of channel";
  return {
    code: "channel_wrong_kind",
    severity: "error",
    message: `#${channel?.name} is ${kind}, not ${wanted}.`,
    fix: "Choose another channel, or make one: + beside the category. A forum is posted in as one: set the route's kind of target.",
  };
}

function examineLoad({ targets, bot }: RouteScene): Finding[] {
  if (targets <= TARGETS_PER_TOKEN) return [];
  return [
    {
      code: "token_full",
      severity: "warning",
      message: `${bot?.name ?? "The bot"} would serve ${targets} channels; beyond ${TARGETS_PER_TOKEN} the last posts of a signal wait for the next second.`,
      fix: "In the Developer Portal make another application, add its bot to the servers, and add its token to DISCORD_TOKEN.",
    },
  ];
}

function examinePing({ guild, channel, mode, pingRoleId }: RouteScene): Finding[] {
  if (guild === null || channel === null || pingRoleId === null) return [];
  const role = guild.roles.find(({ roleId }) => roleId === pingRoleId);
  if (role === undefined) {
    return [
      {
        code: "ping_role_unknown",
        severity: "error",
        message: `There is no role ${pingRoleId} in ${guild.name} to ping.`,
        fix: "Choose the role from the list, or leave it out.",
      },
    ];
  }
  // A webhook pings a role whatever its settings say, if it is allowed to by the message.
  const mayPing = mode === "webhook" || has(channelPermissions(guild, channel), "Mention Everyone");
  if (role.mentionable || mayPing) return [];
  return [
    {
      code: "ping_role_silent",
      severity: "warning",
      message: `The bot names the role ${role.name}, but nobody is notified: it may not be mentioned.`,
      fix: `In Discord: ${guild.name} > Server Settings > Roles > ${role.name}: switch on "Allow anyone to @mention this role".`,
    },
  ];
}

function examineTest({ state, webhooks, failure }: TestResult, scene: RouteScene): Finding[] {
  const findings = scene.mode === "webhook" ? examineWebhooks(webhooks, scene) : [];
  if (state === "unanswered") {
    return [
      ...findings,
      {
        code: "test_unanswered",
        severity: "warning",
        message: "The bot did not answer when it was asked for a test message.",
        fix: "Look at the bot above: it has to be online. Then test again.",
      },
    ];
  }
  if (failure === null || findings.some(({ severity }) => severity === "error")) return findings;
  return [
    ...findings,
    {
      code: "test_failed",
      severity: "error",
      message: `The test message failed: ${failure.message} (${failure.code})`,
      fix: "Do what the other findings say, then test again.",
    },
  ];
}

function examineWebhooks(webhooks: number | null, { channel }: RouteScene): Finding[] {
  if (webhooks === null || webhooks < WEBHOOKS_PER_CHANNEL - FEW_LEFT) return [];
  const isFull = webhooks >= WEBHOOKS_PER_CHANNEL;
  return [
    {
      code: "webhook_budget",
      severity: isFull ? "error" : "warning",
      message: `#${channel?.name} has ${webhooks} of ${WEBHOOKS_PER_CHANNEL} webhooks.`,
      fix: `In Discord: #${channel?.name} > Edit Channel > Integrations > Webhooks: delete those that nobody uses.`,
    },
  ];
}
