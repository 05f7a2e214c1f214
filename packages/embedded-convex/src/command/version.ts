/** Which engine, and which Convex it stands in for. */
import { readFileSync } from "node:fs";
import { SERVER_VERSION } from "../http/meta-routes.ts";

export function versionText(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  return `embedded-convex ${version} (Convex ${SERVER_VERSION})\n`;
}
