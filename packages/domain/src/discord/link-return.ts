/**
 * Where a person goes on after linking Discord.
 *
 * [DLR1] Only pages on the list, whatever was asked for: never another site.
 */
const PAGES = ["/", "/account", "/pricing"];
const ORDER = /^\/checkout\/return\?checkout=[a-z0-9]{1,64}$/;

/** The path as it was asked for; null if it is not on the list. */
export function readLinkReturn(asked: string): string | null {
  return PAGES.includes(asked) || ORDER.test(asked) ? asked : null;
}
