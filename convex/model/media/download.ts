"use node";
/**
 * Downloading one file from a place that strangers may have named.
 *
 * Each hop is judged before it is made: the address by its rules, the host by every IP address it resolves
 * to; the connection goes to one of exactly these, so a name that resolves otherwise the next moment gains
 * nothing. Bytes are counted as they come.
 *
 * [SSRF1] Nothing but the listed hosts is asked, by https, and never at a private address, in whatever
 *         form it is written, resolved or redirected to.
 * [SSRF2] A file that is too large or too slow is given up, whatever its server announced.
 * [SSRF3] Every refusal has a code, and says whether another try may help.
 */
import { lookup as resolveName } from "node:dns/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { isPublicAddress, judgeMediaUrl, linkEndsAtMs, type MediaRules } from "@heliograph/domain";

export type Download =
  | { readonly state: "complete"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly state: "retry" | "expired" | "failed"; readonly code: string };

export interface DownloadOptions {
  readonly rules: MediaRules;
  /** Every address of a host, as text. Tests give their own. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Whether an address may be connected to. Tests give their own. */
  readonly isOpen?: (address: string) => boolean;
  readonly limits?: DownloadLimits;
}

export interface DownloadLimits {
  readonly bytes: number;
  /** From the question to the last byte. */
  readonly wholeMs: number;
  /** In which nothing comes. */
  readonly silenceMs: number;
}

const LIMITS: DownloadLimits = { bytes: 25 * 1024 * 1024, wholeMs: 30_000, silenceMs: 5_000 };
const MOST_HOPS = 4;
const HEADERS = { accept: "image/*,video/*;q=0.5", "accept-encoding": "identity" };

/** Why a download ended without its bytes. */
class Refused extends Error {
  readonly outcome: Exclude<Download, { state: "complete" }>;

  constructor(state: "retry" | "expired" | "failed", code: string) {
    super(code);
    this.outcome = { state, code };
  }
}

/** Never throws: what went wrong is an outcome. */
export async function download(link: string, options: DownloadOptions): Promise<Download> {
  const limits = options.limits ?? LIMITS;
  const silence = new AbortController();
  const ended = AbortSignal.any([AbortSignal.timeout(limits.wholeMs), silence.signal]);
  const trip = { ...options, limits, ended, onSilence: () => silence.abort() };
  try {
    return { state: "complete", bytes: await follow(link, trip) };
  } catch (error) {
    if (error instanceof Refused) return error.outcome;
    return { state: "retry", code: ended.aborted ? "too_slow" : "unreachable" };
  }
}

/** One download under way. */
interface Trip extends DownloadOptions {
  readonly limits: DownloadLimits;
  readonly ended: AbortSignal;
  readonly onSilence: () => void;
}

async function follow(link: string, trip: Trip): Promise<Uint8Array<ArrayBuffer>> {
  let at = link;
  for (let hop = 0; hop < MOST_HOPS; hop += 1) {
    const response = await ask(at, trip);
    const { statusCode = 0, headers } = response;
    if (statusCode < 300 || statusCode > 399) return await readBody(response, link, trip);
    response.destroy();
    const { location } = headers;
    if (location === undefined || !URL.canParse(location, at)) throw failed("bad_redirect");
    at = new URL(location, at).href;
  }
  throw failed("too_many_redirects");
}

async function ask(link: string, trip: Trip): Promise<IncomingMessage> {
  const verdict = judgeMediaUrl(link, trip.rules);
  if (!verdict.ok) throw failed(verdict.code);
  const { url, isLoopback } = verdict;
  const address = isLoopback ? url.hostname : await openAddress(url.hostname, trip);
  return await connect(url, address, trip);
}

/** Asks at the one address that was judged, whatever the name resolves to by now. */
async function connect(url: URL, address: string, trip: Trip): Promise<IncomingMessage> {
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const family = address.includes(":") ? 6 : 4;
  return await new Promise((resolve, reject) => {
    const asking = request(url, {
      agent: false,
      headers: HEADERS,
      signal: trip.ended,
      timeout: trip.limits.silenceMs,
      lookup: (_name, { all }, found) => {
        if (all === true) found(null, [{ address, family }]);
        else found(null, address, family);
      },
    });
    asking.once("response", resolve);
    asking.once("error", reject);
    asking.once("timeout", trip.onSilence);
    asking.end();
  });
}

/** One of the host's addresses. A host of which any is not open is refused: it may not choose. */
async function openAddress(host: string, trip: Trip): Promise<string> {
  const { resolve = addressesOf, isOpen = isPublicAddress } = trip;
  const addresses = await resolve(host);
  const [first] = addresses;
  if (first === undefined) throw new Refused("retry", "unreachable");
  if (!addresses.every(isOpen)) throw failed("private_address");
  return first;
}

async function addressesOf(host: string): Promise<string[]> {
  const found = await resolveName(host, { all: true });
  return found.map(({ address }) => address);
}

async function readBody(
  response: IncomingMessage,
  link: string,
  { limits: { bytes: most } }: Trip,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    refuseStatus(response.statusCode ?? 0, link);
    if (Number(response.headers["content-length"] ?? 0) > most) throw failed("too_large");
    return await collect(response, most);
  } finally {
    response.destroy();
  }
}

async function collect(response: IncomingMessage, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.byteLength;
    if (size > most) throw failed("too_large");
    chunks.push(chunk);
  }
  if (size === 0) throw failed("empty");
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** A signed link that is refused has run out: its signature is what is refused. */
function refuseStatus(status: number, link: string): void {
  if (status === 200) return;
  const isGone = status === 403 || status === 404 || status === 410;
  if (isGone && linkEndsAtMs(link) !== null) throw new Refused("expired", "link_expired");
  if (isGone) throw failed("not_found");
  if (status === 429 || status >= 500) throw new Refused("retry", `answered_${status}`);
  throw failed(`answered_${status}`);
}

function failed(code: string): Refused {
  return new Refused("failed", code);
}
