/**
 * Which IP addresses lie in the public internet. Everything else (this machine, its network, link-local
 * and documentation ranges, and IPv6 forms that carry such an IPv4 address) is no place to fetch from.
 *
 * [PUB1] Only an address that is known to be public is: what cannot be read is not.
 * [PUB2] An IPv6 address that stands for an IPv4 one is judged as a way around, and never public.
 */

/** Ranges that are not public, as first address and length of the prefix. */
const CLOSED_V4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8], // this network
  ["10.0.0.0", 8],
  ["100.64.0.0", 10], // shared by a provider's customers
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, where clouds keep their metadata
  ["172.16.0.0", 12],
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16],
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, and broadcast
];

/** Of IPv6 only 2000::/3 is given out; within it, what is not a plain host. */
const OPEN_V6 = [0x2000, 3] as const;
const CLOSED_V6: readonly (readonly [readonly number[], number])[] = [
  [[0x2001, 0x0000], 23], // Teredo, benchmarks, ORCHID and other protocols
  [[0x2001, 0x0db8], 32], // documentation
  [[0x2002], 16], // 6to4: an IPv4 address in disguise
  [[0x3fff, 0x0000], 20], // documentation
];

/** Whether the text is an IPv4 or IPv6 address of the public internet. */
export function isPublicAddress(text: string): boolean {
  const v4 = readV4(text);
  if (v4 !== null) return isPublicV4(v4);
  const v6 = readV6(text);
  return v6 !== null && isPublicV6(v6);
}

/** Whether the text is an address of this machine. */
export function isLoopbackAddress(text: string): boolean {
  const v4 = readV4(text);
  if (v4 !== null) return Math.floor(v4 / 2 ** 24) === 127;
  return readV6(text)?.every((word, index) => word === (index === 7 ? 1 : 0)) ?? false;
}

function isPublicV4(address: number): boolean {
  return !CLOSED_V4.some(([first, bits]) => {
    const size = 2 ** (32 - bits);
    return Math.floor(address / size) === Math.floor((readV4(first) ?? 0) / size);
  });
}

function isPublicV6(words: readonly number[]): boolean {
  const [openWord, openBits] = OPEN_V6;
  const isOpen = startsWith(words, [openWord], openBits);
  return isOpen && !CLOSED_V6.some(([prefix, bits]) => startsWith(words, prefix, bits));
}

function startsWith(words: readonly number[], prefix: readonly number[], bits: number): boolean {
  return prefix.every((word, index) => {
    const kept = Math.min(16, Math.max(0, bits - index * 16));
    const size = 2 ** (16 - kept);
    return Math.floor((words[index] ?? 0) / size) === Math.floor(word / size);
  });
}

/** Four decimal numbers, as resolvers and the URL parser write them. */
function readV4(text: string): number | null {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return null;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** The eight words of an IPv6 address, in brackets or not; null with a zone or anything else odd. */
function readV6(text: string): number[] | null {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const plain = withoutDottedEnd(bare);
  if (plain === null || !plain.includes(":")) return null;
  const halves = plain.split("::");
  if (halves.length > 2) return null;
  const [head = [], tail] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const words = [...head, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  if (!words.every((word) => /^[0-9a-f]{1,4}$/i.test(word))) return null;
  return words.map((word) => Number.parseInt(word, 16));
}

/** `::ffff:127.0.0.1` as `::ffff:7f00:1`. */
function withoutDottedEnd(text: string): string | null {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted === null) return text;
  const address = readV4(dotted[2] ?? "");
  if (address === null) return null;
  const words = [Math.floor(address / 65_536), address % 65_536];
  return `${dotted[1]}${words.map((word) => word.toString(16)).join(":")}`;
}
