/**
 * The pages' content security policy, as text for a <meta> element.
 *
 * Scripts and styles come from the page's own origin only, nothing inline; connections go to the
 * deployment and its site origin only; pictures may come from anywhere over https, because posts
 * link to pictures on foreign hosts. `frame-ancestors` cannot be said in a <meta>: whoever serves
 * the built pages sends it as a header (README).
 */
type PolicyInput = {
  /** The deployment's URL: functions and the WebSocket. */
  deploymentUrl: string;
  /** The deployment's site URL: HTTP actions and media. */
  siteUrl: string;
  /** Vite's dev server marks its own inline elements with this; a build has none. */
  devNonce?: string;
};

/** One policy string. Throws on URLs that are not http(s). */
export function contentPolicy({ deploymentUrl, siteUrl, devNonce }: PolicyInput): string {
  const deployment = httpOrigin(deploymentUrl);
  const site = httpOrigin(siteUrl);
  const own = devNonce === undefined ? "'self'" : `'self' 'nonce-${devNonce}'`;
  const directives: Array<[string, string]> = [
    ["default-src", "'none'"],
    ["script-src", own],
    ["style-src", own],
    ["img-src", `'self' data: https: ${deployment} ${site}${localPictures(deployment)}`],
    ["connect-src", `'self' ${deployment} ${deployment.replace(/^http/, "ws")} ${site}`],
    ["font-src", "'self'"],
    ["manifest-src", "'self'"],
    ["base-uri", "'none'"],
    ["form-action", "'none'"],
    ["object-src", "'none'"],
  ];
  // Vite's dev client writes scripts as text; the built pages have no such need.
  if (devNonce === undefined) directives.push(["require-trusted-types-for", "'script'"]);
  return directives.map(([name, sources]) => `${name} ${sources}`).join("; ");
}

function httpOrigin(url: string): string {
  const { protocol, origin } = new URL(url);
  if (protocol !== "http:" && protocol !== "https:")
    throw new Error(`${url} is not an http(s) URL`);
  return origin;
}

/** Beside a deployment on this machine, the simulated Discord serves pictures without TLS. */
function localPictures(deployment: string): string {
  const local = ["127.0.0.1", "localhost"].includes(new URL(deployment).hostname);
  return local ? " http://127.0.0.1:* http://localhost:*" : "";
}
