/**
 * From which addresses media may be fetched, before anything is resolved or connected to.
 *
 * [HOST1] Only https, the standard port, no user name, a host on the list: Discord's own, and what the source adds.
 * [HOST2] An address written as a number is no host, whatever the list says.
 * [HOST3] An origin on this machine that was set on purpose is exempt: a simulator has no certificate.
 */
import { isLoopbackAddress } from "./public-address.ts";

/** Where Discord keeps attachments and the pictures of embeds. */
export const DISCORD_MEDIA_HOSTS: readonly string[] = [
  "cdn.discordapp.com",
  "media.discordapp.net",
  "images-ext-1.discordapp.net",
  "images-ext-2.discordapp.net",
];

export interface MediaRules {
  /** What the source allows besides Discord: `i.example.com`, or `*.example.com` for all below it. */
  readonly hosts: readonly string[];
  /** Origins on this machine that are exempt: `http://127.0.0.1:4010`, or `http://127.0.0.1:*` for any port. */
  readonly loopbackOrigins: readonly string[];
}

export type MediaUrlCode =
  | "bad_address"
  | "scheme_not_allowed"
  | "port_not_allowed"
  | "host_not_allowed";

export type MediaUrlVerdict =
  | { readonly ok: true; readonly url: URL; readonly isLoopback: boolean }
  | { readonly ok: false; readonly code: MediaUrlCode };

const HOST = /^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,62}$/;
const HOST_LENGTH = 253;

/** Whether the text is a host, or all hosts below one, that a source may allow. */
export function isMediaHost(text: string): boolean {
  return text.length <= HOST_LENGTH && HOST.test(text);
}

/** Whether the address may be asked. */
export function judgeMediaUrl(text: string, rules: MediaRules): MediaUrlVerdict {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.username !== "" || url.password !== "") return no("bad_address");
  if (isExempt(url, rules.loopbackOrigins)) return { ok: true, url, isLoopback: true };
  if (url.protocol !== "https:") return no("scheme_not_allowed");
  if (url.port !== "") return no("port_not_allowed");
  const isAllowed = [...DISCORD_MEDIA_HOSTS, ...rules.hosts].some((host) => covers(host, url));
  return isAllowed ? { ok: true, url, isLoopback: false } : no("host_not_allowed");
}

function no(code: MediaUrlCode): MediaUrlVerdict {
  return { ok: false, code };
}

function covers(host: string, { hostname }: URL): boolean {
  if (!isMediaHost(host)) return false;
  return host.startsWith("*.") ? hostname.endsWith(host.slice(1)) : hostname === host;
}

function isExempt(url: URL, origins: readonly string[]): boolean {
  if (url.protocol !== "http:" || !isLoopbackAddress(url.hostname)) return false;
  const anyPort = `http://${url.hostname}:*`;
  return origins.some((origin) => origin === url.origin || origin === anyPort);
}
