/**
 * A post as one route lets it through.
 *
 * [RUL2] The same post and the same rules give the same result, on create, on edit and in the preview.
 * [RUL3] A post is left out as a whole for its author, for a keyword, or when nothing of it is left.
 * [RUL4] What no rule concerns stays as it is, in whatever language.
 */
import type { Embed, EventAttachment } from "../source-event.ts";
import {
  hasKeyword,
  isBlocked,
  tidied,
  withoutInvites,
  withoutKeywords,
  withoutLinks,
} from "./content-filters.ts";
import type { RouteRules } from "./route-rules.ts";

/** As much of a post as rules look at. */
export interface Post {
  readonly content: string;
  readonly embeds: readonly Embed[];
  readonly attachments: readonly EventAttachment[];
  readonly author: { readonly id: string } | null;
}

const MENTION = /<(?:@[!&]?|#)\d+>/g;

/** The post with the rules applied, or null when this route does not show it. */
export function routePost<P extends Post>(post: P, rules: RouteRules): P | null {
  if (!isFrom(post.author?.id, rules.authors)) return null;
  const text = [post.content, ...post.embeds.flatMap(textsOf)].join("\n");
  const { only, never } = rules.keywords;
  if (hasKeyword(text, never) || (only.length > 0 && !hasKeyword(text, only))) return null;
  const content = cleaned(post.content, rules);
  const embeds = post.embeds.flatMap((embed) => cleanedEmbed(embed, rules));
  if (content === "" && embeds.length === 0 && post.attachments.length === 0) return null;
  const prefixed = rules.prefix === "" ? content : `${rules.prefix}\n${content}`.trimEnd();
  return { ...post, content: prefixed, embeds };
}

function isFrom(authorId: string | undefined, { only, never }: RouteRules["authors"]): boolean {
  if (authorId === undefined) return only.length === 0;
  return !never.includes(authorId) && (only.length === 0 || only.includes(authorId));
}

function textsOf({ title, description, author, fields = [], footer }: Embed): string[] {
  const texts = [title, description, author?.name, footer];
  return [...texts, ...fields.flatMap(({ name, value }) => [name, value])].filter(
    (text) => text !== undefined,
  );
}

function cleaned(text: string, rules: RouteRules): string {
  const { keywords, domains, stripInvites, stripMentions } = rules;
  const invited = stripInvites ? withoutInvites(text) : text;
  const linked = withoutLinks(invited, domains);
  const mentioned = stripMentions ? linked.replace(MENTION, "") : linked;
  const rest = withoutKeywords(mentioned, keywords.strip);
  return rest === text ? text : tidied(rest);
}

/** Nothing when the card is of a page the route blocks, or nothing of it is left. */
function cleanedEmbed(embed: Embed, rules: RouteRules): Embed[] {
  const { url } = embed;
  if (url !== undefined && isUnwanted(url, rules)) return [];
  const clean = (text: string) => cleaned(text, rules);
  const { author, title, description, footer, fields, ...rest } = embed;
  const next: Embed = {
    ...rest,
    ...cleanedField("title", title, clean),
    ...cleanedField("description", description, clean),
    ...cleanedField("footer", footer, clean),
    ...(author !== undefined && { author: cleanedAuthor(author, rules) }),
    ...(fields !== undefined && {
      fields: fields.map((field) => {
        return { ...field, name: clean(field.name), value: clean(field.value) };
      }),
    }),
  };
  const isEmpty = textsOf(next).every((text) => text === "") && !hasPicture(next);
  return isEmpty && textsOf(embed).some((text) => text !== "") ? [] : [next];
}

function cleanedField<Name extends string>(
  name: Name,
  text: string | undefined,
  clean: (text: string) => string,
): { [N in Name]?: string } {
  return text === undefined ? {} : ({ [name]: clean(text) } as { [N in Name]?: string });
}

function cleanedAuthor(author: NonNullable<Embed["author"]>, rules: RouteRules) {
  const { url, ...rest } = author;
  const kept = url === undefined || isUnwanted(url, rules) ? {} : { url };
  return { ...rest, name: cleaned(author.name, rules), ...kept };
}

function isUnwanted(url: string, { domains, stripInvites }: RouteRules): boolean {
  return isBlocked(url, domains) || (stripInvites && withoutInvites(url) !== url);
}

function hasPicture({ imageUrl, thumbnailUrl }: Embed): boolean {
  return imageUrl !== undefined || thumbnailUrl !== undefined;
}
