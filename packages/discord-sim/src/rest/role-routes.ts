/** Roles of a guild: listed, made, changed, moved, removed. */
import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { Hono } from "hono";
import { type Fields, FormErrors, isFields } from "../messages/form-errors.ts";
import { readFlag, readInteger, readText } from "../messages/read-fields.ts";
import { plannedMoves } from "../state/guild-writes.ts";
import { basePermissions } from "../state/permissions.ts";
import type { RoleRecord } from "../state/records.ts";
import { refuse } from "../wire/api-error.ts";
import { roleToWire } from "../wire/users.ts";
import { getGuild, getGuildWith } from "./access.ts";
import { getRole, requireAboveRole, requireHeldBits } from "./hierarchy.ts";
import { readPermissions } from "./permission-fields.ts";
import { readBody, readJsonList } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_NAME_CHARS = 100;
const MAX_COLOR = 0xff_ff_ff;
const MAX_POSITION = 250;

export function roleRoutes(parts: RestParts): Hono<RestEnv> {
  const { world } = parts;
  return new Hono<RestEnv>()
    .get("/guilds/:guild/roles", (c) =>
      c.json(getGuild(world, c.var.bot, c.req.param("guild")).roles.map(roleToWire)),
    )
    .get("/guilds/:guild/roles/member-counts", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      const counts = guild.roles
        .filter(({ id }) => id !== guild.id)
        .map(({ id }) => [id, guild.members.filter(({ roleIds }) => roleIds.includes(id)).length]);
      return c.json(Object.fromEntries(counts));
    })
    .get("/guilds/:guild/roles/:role", (c) => {
      const guild = getGuild(world, c.var.bot, c.req.param("guild"));
      return c.json(roleToWire(getRole(guild, c.req.param("role"))));
    })
    .route("/", roleChanges(parts));
}

function roleChanges({ world, guilds }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>()
    .post("/guilds/:guild/roles", async (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.ManageRoles);
      const form = readRoleForm((await readBody(c.req)).fields);
      const everyone = getRole(guild, guild.id).permissions;
      const permissions = form.permissions ?? everyone;
      requireHeldBits(basePermissions(guild, self), BigInt(permissions));
      const role = guilds.addRole(guild, { name: "new role", ...form, permissions });
      guilds.moveRoles(guild, [{ id: role.id, position: 1 }]); // new roles start at the bottom
      return c.json(roleToWire(role));
    })
    .patch("/guilds/:guild/roles", async (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.ManageRoles);
      const wishes = (await readJsonList(c.req)).map(readMove);
      for (const { id } of wishes) getRole(guild, id);
      // Clients send the whole list: only roles that really move are looked at.
      for (const { role } of plannedMoves(guild, wishes)) requireAboveRole(guild, self, role);
      guilds.moveRoles(guild, wishes);
      return c.json(guild.roles.map(roleToWire));
    })
    .patch("/guilds/:guild/roles/:role", async (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.ManageRoles);
      const role = getRole(guild, c.req.param("role"));
      requireAboveRole(guild, self, role);
      const form = readRoleForm((await readBody(c.req)).fields);
      if (form.permissions !== undefined)
        requireHeldBits(
          basePermissions(guild, self) | BigInt(role.permissions),
          BigInt(form.permissions),
        );
      guilds.changeRole(guild, role, form);
      return c.json(roleToWire(role));
    })
    .delete("/guilds/:guild/roles/:role", (c) => {
      const { guild, self } = getGuildWith(world, c.var.bot, c.req.param("guild"), P.ManageRoles);
      const role = getRole(guild, c.req.param("role"));
      if (role.managed || role.id === guild.id) throw refuse.invalidRole();
      requireAboveRole(guild, self, role);
      guilds.removeRole(guild, role.id);
      return c.body(null, 204);
    });
}

type RoleForm = Partial<
  Pick<RoleRecord, "name" | "color" | "permissions" | "mentionable" | "hoist">
>;

function readRoleForm(fields: Fields): RoleForm {
  const errors = new FormErrors();
  const at = (name: string) => ({ errors, path: [name] });
  const colors = isFields(fields.colors) ? fields.colors.primary_color : undefined;
  const form = {
    name: readText(fields.name, MAX_NAME_CHARS, at("name")),
    color: readInteger(colors ?? fields.color, MAX_COLOR, at("color")),
    permissions: readPermissions(fields.permissions, at("permissions")),
    mentionable: readFlag(fields.mentionable, at("mentionable")),
    hoist: readFlag(fields.hoist, at("hoist")),
  };
  errors.throwIfAny();
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}

function readMove(value: unknown): { id: string; position: number } {
  const errors = new FormErrors();
  const fields = isFields(value) ? value : {};
  const position = readInteger(fields.position, MAX_POSITION, { errors, path: ["position"] }) ?? 1;
  errors.throwIfAny();
  return { id: typeof fields.id === "string" ? fields.id : "", position };
}
