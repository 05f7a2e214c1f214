/**
 * Templates: how the alerts of a source become posts. The only writer of `alertTemplates`.
 *
 * [TVS1] A template that cannot be read is not saved; the refusal says where it is wrong.
 * [TVS2] An alert takes the template of its own name, else the one for all others.
 */
import { type AlertTemplate, readTemplate } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { getSource } from "../sources/store.ts";

const MOST_TEMPLATES = 50; // of one source
const MOST_NAME_LENGTH = 200;

type Reader = { readonly db: DatabaseReader };

/** The template for alerts of that name, or null. */
export async function findTemplate(
  ctx: Reader,
  sourceId: Id<"sources">,
  name: string | null,
): Promise<AlertTemplate | null> {
  const own = name === null ? null : await findRow(ctx, sourceId, name);
  const row = own ?? (await findRow(ctx, sourceId, null));
  const read = row === null ? null : readTemplate(row.template);
  return read?.ok === true ? read.template : null;
}

/** The templates of a source; the one for all others first. */
export async function listTemplates(
  ctx: Reader,
  sourceId: Id<"sources">,
): Promise<Doc<"alertTemplates">[]> {
  return await ctx.db
    .query("alertTemplates")
    .withIndex("by_source_name", (q) => q.eq("sourceId", sourceId))
    .take(MOST_TEMPLATES);
}

/** Saves a template over the one of that name. Throws what readTemplate refuses, `too_many_templates`, `bad_alert_name`. */
export async function saveTemplate(
  ctx: MutationCtx,
  {
    sourceId,
    alertName,
    template,
  }: Omit<Doc<"alertTemplates">, "_id" | "_creationTime" | "updatedAtMs">,
): Promise<Id<"alertTemplates">> {
  await getSource(ctx, sourceId);
  const read = readTemplate(template);
  if (!read.ok) {
    const { code, message, line, column } = read.fault;
    throw new ConvexError({ code, message: `Line ${line}, column ${column}: ${message}` });
  }
  const name = readAlertName(alertName);
  const fields = { sourceId, alertName: name, template, updatedAtMs: Date.now() };
  const known = await findRow(ctx, sourceId, name);
  if (known !== null) {
    await ctx.db.patch("alertTemplates", known._id, fields);
    return known._id;
  }
  if ((await listTemplates(ctx, sourceId)).length >= MOST_TEMPLATES) {
    const message = `A source may have ${MOST_TEMPLATES} templates; remove one first.`;
    throw new ConvexError({ code: "too_many_templates", message });
  }
  return await ctx.db.insert("alertTemplates", fields);
}

/** Removes a template. Safe to repeat. */
export async function removeTemplate(
  ctx: MutationCtx,
  templateId: Id<"alertTemplates">,
): Promise<void> {
  if ((await ctx.db.get("alertTemplates", templateId)) === null) return;
  await ctx.db.delete("alertTemplates", templateId);
}

function readAlertName(alertName: string | null): string | null {
  const name = alertName?.trim() ?? "";
  if (name.length <= MOST_NAME_LENGTH) return name === "" ? null : name;
  const message = `Shorten the alert's name to ${MOST_NAME_LENGTH} characters.`;
  throw new ConvexError({ code: "bad_alert_name", message });
}

async function findRow(
  ctx: Reader,
  sourceId: Id<"sources">,
  alertName: string | null,
): Promise<Doc<"alertTemplates"> | null> {
  return await ctx.db
    .query("alertTemplates")
    .withIndex("by_source_name", (q) => q.eq("sourceId", sourceId).eq("alertName", alertName))
    .unique();
}
