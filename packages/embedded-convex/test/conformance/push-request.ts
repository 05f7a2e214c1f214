/** What the official CLI sends to push the fixture app, made by the CLI itself without a request. */
import { brotliCompressSync, constants } from "node:zlib";
import type { JSONValue } from "convex/values";
import { copyProject } from "../official-cli.ts";
import { asAdmin, deployment } from "./deployment.ts";

export interface PushRequest {
  readonly [field: string]: JSONValue;
}

export async function makePushRequest(): Promise<PushRequest> {
  const project = copyProject("conformance", deployment);
  try {
    const flags = ["--push-all-modules", "--typecheck", "disable"];
    const finished = await project.convex("deploy", "--write-push-request", "request", ...flags);
    if (finished.code !== 0) throw new Error(JSON.stringify(finished));
    return JSON.parse(project.read("request.json")) as PushRequest;
  } finally {
    project.remove();
  }
}

/** Sends a body as the CLI does: compressed, with the admin key in it and in the header. */
export async function postCompressed(
  path: string,
  body: JSONValue,
  headers: Readonly<Record<string, string>> = asAdmin,
): Promise<{ readonly status: number; readonly json: JSONValue }> {
  const fast = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
  const response = await fetch(`${deployment.url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Content-Encoding": "br", ...headers },
    body: brotliCompressSync(JSON.stringify(body), fast),
  });
  return { status: response.status, json: (await response.json()) as JSONValue };
}
