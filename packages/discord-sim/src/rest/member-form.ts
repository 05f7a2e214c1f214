/** Reads what a request wants to change of a member. Undefined means it did not say. */
import { type Fields, FormErrors } from "../messages/form-errors.ts";
import { readList, readSnowflake, readText, under } from "../messages/read-fields.ts";

export type MemberForm = { roleIds?: string[]; nick?: string | null };

const MAX_NICK_CHARS = 32;
const MAX_ROLES = 250;

export function readMemberForm(fields: Fields): MemberForm {
  const errors = new FormErrors();
  const at = { errors, path: ["roles"] };
  const roleIds = readList(fields.roles, MAX_ROLES, at)?.flatMap(
    (id, index) => readSnowflake(id, under(at, index)) ?? [],
  );
  const nick = readText(fields.nick, MAX_NICK_CHARS, { errors, path: ["nick"] });
  errors.throwIfAny();
  return {
    ...(roleIds !== undefined && { roleIds: [...new Set(roleIds)] }),
    ...("nick" in fields && { nick: nick === undefined || nick === "" ? null : nick }),
  };
}
