/**
 * The words of the mails about accounts. Links carry their secrets in the fragment, which no server sees.
 *
 * [MAIL4] A code stands in the text only, never in the subject: staff see subjects, and the row keeps them.
 */
import { getEnvironment } from "../environment.ts";
import type { Mail } from "../mail/validators.ts";

/** Proves an address at sign-up. */
export function verificationMail(to: string, code: string): Mail {
  const text = `Your code is ${spaced(code)}

Type it where you signed up, or open ${pageUrl("verify", { email: to, code })}

It is good for an hour. If you did not sign up, do nothing: nobody can use this address without your code.`;
  return { to, subject: "Your code to sign up", text };
}

/** For somebody who signs up with an address that has an account. */
export function accountExistsMail(to: string): Mail {
  const text = `Somebody, perhaps you, tried to sign up with this address. It already has an account.

Sign in: ${pageUrl("sign-in")}
Forgot the password: ${pageUrl("reset")}

If it was not you, do nothing.`;
  return { to, subject: "You already have an account", text };
}

/** Lets somebody choose a new password. */
export function resetMail(to: string, code: string): Mail {
  const text = `Your code is ${spaced(code)}

Choose a new password: ${pageUrl("reset", { email: to, code })}

It is good for an hour. If you did not ask for it, do nothing: your password stays.`;
  return { to, subject: "Your code to reset the password", text };
}

/** For somebody who asks for a reset and has no password. */
export function noPasswordMail(to: string): Mail {
  const text = `You asked to reset the password of this address. It has none: you sign in with Discord.

Sign in: ${pageUrl("sign-in")}
To have a password as well, sign up with this address: ${pageUrl("sign-up")}`;
  return { to, subject: "You sign in with Discord", text };
}

/** Proves a new address of an account. */
export function emailChangeMail(to: string, code: string): Mail {
  const text = `Your code is ${spaced(code)}

Type it on your account's page to use this address from now on. It is good for an hour.
If you did not ask for it, do nothing.`;
  return { to, subject: "Your code for the new e-mail", text };
}

/** Proves that something was bought with this address. */
export function claimMail(to: string, code: string): Mail {
  const text = `Your code is ${spaced(code)}

Type it on your account's page to have there what you bought with this address. It is good for an hour.
If you did not ask for it, do nothing: nobody gets anything without your code.`;
  return { to, subject: "Your code to claim a purchase", text };
}

/** Tells an account's owner of what they should know of. */
export function noticeMail(to: string, what: string): Mail {
  const text = `${what}

If it was not you, reset your password now: ${pageUrl("reset")}`;
  return { to, subject: "Your account has changed", text };
}

/** Tells an account's owner that a Discord account, which is a way in, came or went. */
export function discordMail(to: string, what: string): Mail {
  const text = `${what}

If it was not you, unlink it now and change your password: ${pageUrl("account")}`;
  return { to, subject: "Your Discord account here has changed", text };
}

/** Offers somebody a role. */
export function invitationMail(to: string, role: string, token: string): Mail {
  const text = `You are invited to join the team as ${role}.

Sign in or sign up with this address, then open ${pageUrl("invitation", { token })}

The invitation is good for 7 days and for this address only.`;
  return { to, subject: "You are invited to the team", text };
}

function pageUrl(path: string, fragment: Record<string, string> = {}): string {
  const base = `${getEnvironment("SITE_URL").replace(/\/$/, "")}/${path}`;
  const query = new URLSearchParams(fragment).toString();
  return query === "" ? base : `${base}#${query}`;
}

function spaced(code: string): string {
  return code.replace(/^(.{4})(.{4})$/, "$1-$2");
}
