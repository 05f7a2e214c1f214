/** What `convex export` asks for; callers have checked the admin key. */
import { errorAnswer, type HttpHandler, jsonAnswer } from "../http/exchange.ts";
import type { Exports } from "./exports.ts";

const REQUEST = "/api/export/request/zip";
const ZIP = "/api/export/zip/";

export function createExportRoutes(exports: Exports): HttpHandler {
  return async ({ method, path, query }) => {
    if (method === "POST" && path === REQUEST) {
      await exports.request(query.get("includeStorage") === "true");
      return jsonAnswer(200, null);
    }
    if (!path.startsWith(ZIP)) return null;
    if (method === "GET") return await exports.download(path.slice(ZIP.length));
    return errorAnswer(405, "MethodNotAllowed", `${method} is not possible here`);
  };
}
