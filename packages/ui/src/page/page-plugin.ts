/**
 * The Vite plugin both pages are built with: content policy, referrer policy, the theme before the
 * first paint, and the deployment's URLs.
 *
 * VITE_CONVEX_URL and VITE_CONVEX_SITE_URL come from the environment (or an env file of Vite's);
 * without them the addresses of `npm start` hold.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { type HtmlTagDescriptor, loadEnv, type Plugin } from "vite";
import { contentPolicy } from "./content-policy.ts";

const DEFAULT_DEPLOYMENT_URL = "http://127.0.0.1:3210";
const DEFAULT_SITE_URL = "http://127.0.0.1:3211";
const BOOT_FILE = "theme-boot.js";
const bootSource = readFileSync(new URL("../theme/theme-boot.js", import.meta.url), "utf8");

/** Everything about the page that is not React. */
export function heliographPage(): Plugin {
  const devNonce = randomBytes(16).toString("base64");
  let urls = { deploymentUrl: DEFAULT_DEPLOYMENT_URL, siteUrl: DEFAULT_SITE_URL };
  let serving = false;
  let base = "/";
  return {
    name: "heliograph-page",
    config(config, { command, mode }) {
      serving = command === "serve";
      urls = readUrls(mode, config.root ?? process.cwd());
      return {
        define: {
          "import.meta.env.VITE_CONVEX_URL": JSON.stringify(urls.deploymentUrl),
          "import.meta.env.VITE_CONVEX_SITE_URL": JSON.stringify(urls.siteUrl),
        },
        ...(serving ? { html: { cspNonce: devNonce } } : {}),
      };
    },
    configResolved(config) {
      base = config.base;
    },
    transformIndexHtml() {
      const policy = contentPolicy(serving ? { ...urls, devNonce } : urls);
      return headTags(policy, `${base}${BOOT_FILE}`);
    },
    configureServer(server) {
      server.middlewares.use(`/${BOOT_FILE}`, (_request, response) => {
        response.setHeader("Content-Type", "text/javascript");
        response.end(bootSource);
      });
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: BOOT_FILE, source: bootSource });
    },
  };
}

function readUrls(mode: string, root: string): { deploymentUrl: string; siteUrl: string } {
  const env = loadEnv(mode, root, "VITE_");
  return {
    deploymentUrl: env.VITE_CONVEX_URL ?? DEFAULT_DEPLOYMENT_URL,
    siteUrl: env.VITE_CONVEX_SITE_URL ?? DEFAULT_SITE_URL,
  };
}

function headTags(policy: string, bootPath: string): HtmlTagDescriptor[] {
  return [
    { tag: "meta", attrs: { charset: "utf-8" } }, // first: browsers look no further than 1 KiB
    { tag: "meta", attrs: { "http-equiv": "Content-Security-Policy", content: policy } },
    { tag: "meta", attrs: { name: "referrer", content: "no-referrer" } },
    { tag: "script", attrs: { src: bootPath } },
  ].map((tag) => ({ ...tag, injectTo: "head-prepend" as const }));
}
