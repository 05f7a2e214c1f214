/** Discord's own rules as far as a mirror meets them: whom a body pings, and what the API refuses. */
import type { MirrorPart } from "../src/mirror-message.ts";

/** Everyone a body pings, were the bot allowed to mention anybody: `everyone` or the ids named. */
export function pingedBy(part: MirrorPart): string[] {
  const parse: readonly string[] = part.allowed_mentions.parse;
  const roles = [...part.content.matchAll(/<@&(\d+)>/g)].map(([, id]) => id ?? "");
  const users = [...part.content.matchAll(/<@!?(\d+)>/g)].map(([, id]) => id ?? "");
  const all = /@(everyone|here)/.test(part.content) && parse.includes("everyone");
  return [
    ...(all ? ["everyone"] : []),
    ...roles.filter((id) => parse.includes("roles") || part.allowed_mentions.roles.includes(id)),
    ...users.filter(() => parse.includes("users")),
  ];
}

/** What the API would refuse a body for. */
export function refusalsOf(part: MirrorPart): string[] {
  const texts = part.embeds.map((embed) => [
    embed.title ?? "",
    embed.description ?? "",
    embed.author?.name ?? "",
    embed.footer?.text ?? "",
    ...(embed.fields ?? []).flatMap(({ name, value }) => [name, value]),
  ]);
  const fields = part.embeds.flatMap((embed) => embed.fields ?? []);
  const checks = {
    "content over 2000": part.content.length > 2000,
    "more than 10 embeds": part.embeds.length > 10,
    "embed text over 6000": texts.flat().join("").length > 6000,
    "title over 256": part.embeds.some(({ title }) => (title ?? "").length > 256),
    "description over 4096": part.embeds.some(
      ({ description }) => (description ?? "").length > 4096,
    ),
    "author over 256": part.embeds.some(({ author }) => (author?.name ?? "").length > 256),
    "footer over 2048": part.embeds.some(({ footer }) => (footer?.text ?? "").length > 2048),
    "more than 25 fields": part.embeds.some((embed) => (embed.fields ?? []).length > 25),
    "field name not 1 to 256": fields.some(({ name }) => name.length < 1 || name.length > 256),
    "field value not 1 to 1024": fields.some(
      ({ value }) => value.length < 1 || value.length > 1024,
    ),
    "empty message": part.content.trim() === "" && part.embeds.length === 0,
    "broken character": !(part.content + texts.flat().join("")).isWellFormed(),
  };
  return Object.entries(checks).flatMap(([name, isBroken]) => (isBroken ? [name] : []));
}
