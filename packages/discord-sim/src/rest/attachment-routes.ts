/** POST /attachments/refresh-urls: old links in, living ones out. */
import { Hono } from "hono";
import { FormErrors } from "../messages/form-errors.ts";
import { readList } from "../messages/read-fields.ts";
import { refreshedUrl } from "../wire/attachments.ts";
import { readBody } from "./request-body.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_URLS = 50;

export function attachmentRefreshRoutes({ world, baseUrl }: RestParts): Hono<RestEnv> {
  return new Hono<RestEnv>().post("/attachments/refresh-urls", async (c) => {
    const errors = new FormErrors();
    const { fields } = await readBody(c.req);
    const at = { errors, path: ["attachment_urls"] };
    const urls = readList(fields.attachment_urls, MAX_URLS, at) ?? [];
    errors.throwIfAny();
    const maker = { world, baseUrl: baseUrl() };
    const refreshed = urls
      .filter((url) => typeof url === "string")
      .map((original) => ({ original, refreshed: refreshedUrl(maker, original) ?? original }));
    return c.json({ refreshed_urls: refreshed });
  });
}
