/**
 * Links to hosted checkouts, with our user id in them: it comes back in the provider's events.
 *
 * [LINK1] A link is https, names no user or password, and http is for this machine only.
 * [LINK2] Building keeps whatever else the seller's link says, and replaces a user id that is in it.
 */
/** The name under which a provider keeps our user id and gives it back. */
export const USER_ID_FIELD = "heliograph_user_id";

const LINK_LENGTH = 2_000; // what every browser and proxy takes

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whether buyers can be sent there. */
export function isCheckoutLink(text: string, allowsLoopback: boolean): boolean {
  const url = text.length > LINK_LENGTH ? undefined : readUrl(text);
  if (url === undefined) return false;
  const { protocol, username, password, hostname } = url;
  if (username !== "" || password !== "") return false;
  return (
    protocol === "https:" || (protocol === "http:" && allowsLoopback && LOOPBACK.test(hostname))
  );
}

/** Whether a site's address is on this machine: a development or demo set-up. */
export function isLoopback(siteUrl: string): boolean {
  return LOOPBACK.test(readUrl(siteUrl)?.hostname ?? "");
}

/** Who buys, for a hosted checkout. */
export interface LinkedBuyer {
  readonly userId: string;
  readonly email: string | null;
  /** Where the provider sends the buyer afterwards, if it can. */
  readonly returnUrl: string;
}

/** A Whop checkout whose membership carries our user id as metadata. Throws on a link that is none. */
export function whopCheckoutUrl(link: string, buyer: LinkedBuyer): string {
  return withParameters(link, {
    [`metadata[${USER_ID_FIELD}]`]: buyer.userId,
    email: buyer.email,
    redirect_url: buyer.returnUrl,
  });
}

/** A Sell.app checkout whose order carries our user id as a custom field. Throws on a link that is none. */
export function sellappCheckoutUrl(link: string, buyer: LinkedBuyer): string {
  return withParameters(link, {
    [`additional_information[${USER_ID_FIELD}]`]: buyer.userId,
    email: buyer.email,
    return_url: buyer.returnUrl,
  });
}

function withParameters(link: string, parameters: Readonly<Record<string, string | null>>) {
  const url = new URL(link);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.toString();
}

function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
