/** The functions room: runs what was pushed, and finds out what a push holds. */

import { MutationRunner } from "./mutation-runner.ts";
import type { FunctionRunnerOptions, FunctionsRoom } from "./options.ts";
import { findCallable } from "./prepared-call.ts";
import { QueryRunner } from "./query-runner.ts";
import { sweepSessionRequests } from "./session-requests.ts";
import { SliceLoop } from "./slices.ts";
import { Versions } from "./versions.ts";

export function createFunctionRunner(options: FunctionRunnerOptions) {
  const { cloudUrl, siteUrl } = options.origins;
  const versions = new Versions({ CONVEX_CLOUD_URL: cloudUrl, CONVEX_SITE_URL: siteUrl });
  const slices = new SliceLoop();
  const queries = new QueryRunner(options, versions, slices);
  const mutations = new MutationRunner(options, versions, slices);
  return { queries, mutations, versions };
}
