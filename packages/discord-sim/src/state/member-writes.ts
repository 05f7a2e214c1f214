/** Who is in a guild, with which roles, and who is banned. Each changes the world and emits its event. */
import { newMember } from "./new-records.ts";
import type { GuildRecord, MemberRecord } from "./records.ts";
import type { World } from "./world.ts";

export class MemberWrites {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  add(
    guild: GuildRecord,
    userId: string,
    given: Partial<Pick<MemberRecord, "roleIds" | "nick" | "pending">> = {},
  ): MemberRecord {
    const member = newMember({ userId, joinedAtMs: this.#world.clock.nowMs(), ...given });
    const bot = this.#world.users.get(userId)?.bot ?? false;
    const own = guild.roles.find(({ botId }) => botId === userId);
    if (bot && own !== undefined) member.roleIds = [...member.roleIds, own.id];
    guild.members.push(member);
    this.#world.events.emit({ type: "memberAdded", guildId: guild.id, member });
    return member;
  }

  /** Emits nothing when nothing changes, as Discord does. */
  change(
    guild: GuildRecord,
    member: MemberRecord,
    change: Partial<Pick<MemberRecord, "roleIds" | "nick" | "pending">>,
  ): void {
    const before = JSON.stringify(member);
    Object.assign(member, change);
    if (JSON.stringify(member) === before) return;
    this.#world.events.emit({ type: "memberUpdated", guildId: guild.id, member });
  }

  /** False when they were not there. */
  remove(guild: GuildRecord, userId: string): boolean {
    const before = guild.members.length;
    guild.members = guild.members.filter((member) => member.userId !== userId);
    if (guild.members.length === before) return false;
    this.#world.events.emit({ type: "memberRemoved", guildId: guild.id, userId });
    return true;
  }

  ban(guild: GuildRecord, userId: string, reason: string | null): void {
    if (guild.bans.some((ban) => ban.userId === userId)) return;
    guild.bans.push({ userId, reason });
    this.#world.events.emit({ type: "banAdded", guildId: guild.id, userId });
    this.remove(guild, userId);
  }

  /** False when they were not banned. */
  unban(guild: GuildRecord, userId: string): boolean {
    const before = guild.bans.length;
    guild.bans = guild.bans.filter((ban) => ban.userId !== userId);
    if (guild.bans.length === before) return false;
    this.#world.events.emit({ type: "banRemoved", guildId: guild.id, userId });
    return true;
  }
}
