/**
 * Takes the mentions out of text that goes to somebody else's server. The wall
 * that keeps anyone from being pinged is `allowed_mentions` (mirror-message.ts);
 * this keeps foreign ids from being shown as broken pills, and stands behind it.
 *
 * [MEN1] No role, member, channel or everyone mention is left, however it was nested.
 * [MEN2] Text without mentions is left as it is.
 */
const ROLE = /<@&\d+>[^\S\n]?/g;
const MEMBER = /<@!?\d+>/g;
const CHANNEL = /<#\d+>/g;
const EVERYONE = /@(?=everyone|here)/gi;
const ZERO_WIDTH_SPACE = "\u200b";

/** The text with its mentions taken out or made plain. */
export function withoutMentions(text: string): string {
  return withoutRoles(text)
    .replace(MEMBER, "@member")
    .replace(CHANNEL, "#channel")
    .replace(EVERYONE, `@${ZERO_WIDTH_SPACE}`);
}

/** Until none is left: taking one out can put the halves of another together, as in `<@<@&1>&2>`. */
function withoutRoles(text: string): string {
  let [before, after] = [text, text.replace(ROLE, "")];
  while (after !== before) [before, after] = [after, after.replace(ROLE, "")];
  return after;
}
