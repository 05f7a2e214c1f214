/** Reads permission bits and overwrites from a request. Bits Discord does not know are dropped. */
import { isFields } from "../messages/form-errors.ts";
import { type Reading, readList, readSnowflake, under } from "../messages/read-fields.ts";
import { ALL_PERMISSIONS } from "../state/permissions.ts";
import type { OverwriteRecord } from "../state/records.ts";

const MAX_OVERWRITES = 1_000;

/** Decimal text, as Discord sends them. */
export function readPermissions(value: unknown, reading: Reading): string | undefined {
  if (value === undefined || value === null) return undefined;
  const text = String(value);
  if (/^\d{1,20}$/.test(text)) return (BigInt(text) & ALL_PERMISSIONS).toString();
  reading.errors.add(reading.path, "NUMBER_TYPE_COERCE", `Value "${text}" is not int.`);
  return undefined;
}

export function readOverwrites(value: unknown, reading: Reading): OverwriteRecord[] | undefined {
  return readList(value, MAX_OVERWRITES, reading)?.map((item, index) => {
    const at = under(reading, index);
    const id = isFields(item) ? readSnowflake(item.id, under(at, "id")) : undefined;
    return readOverwrite(item, id ?? "", at);
  });
}

export function readOverwrite(value: unknown, id: string, reading: Reading): OverwriteRecord {
  const source = isFields(value) ? value : {};
  return {
    id,
    kind: source.type === 1 ? "member" : "role",
    allow: readPermissions(source.allow, under(reading, "allow")) ?? "0",
    deny: readPermissions(source.deny, under(reading, "deny")) ?? "0",
  };
}
