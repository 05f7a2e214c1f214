/** Where Discord may bring somebody back to: the customers' site or the console, and nowhere else. */
import { ConvexError } from "convex/values";
import { findEnvironment, getEnvironment } from "../environment.ts";

/**
 * The whole address. A path is one of the customers' site. Throws `bad_redirect` for an address of neither
 * (the code in it signs somebody in).
 */
export function resolveRedirect(redirectTo: unknown): string {
  const site = getEnvironment("SITE_URL").replace(/\/$/, "");
  if (redirectTo === undefined) return site;
  if (typeof redirectTo !== "string") throw badRedirect();
  if (/^[/?]/.test(redirectTo)) return site + redirectTo;
  if (!URL.canParse(redirectTo)) throw badRedirect();
  const { origin } = new URL(redirectTo);
  const pages = [site, findEnvironment("HELIOGRAPH_CONSOLE_URL")];
  if (!pages.some((page) => page !== undefined && new URL(page).origin === origin)) {
    throw badRedirect();
  }
  return redirectTo;
}

function badRedirect(): ConvexError<{ code: string; message: string }> {
  const message =
    "This page is not known to the deployment: set SITE_URL to the customers' site and HELIOGRAPH_CONSOLE_URL to the console.";
  return new ConvexError({ code: "bad_redirect", message });
}
