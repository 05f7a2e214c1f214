/* eslint-disable */
/**
 * Generated `api` utility.
 *
 * THIS CODE IS AUTOMATICALLY GENERATED.
 *
 * To regenerate, run `npx convex dev`.
 * @module
 */

import type * as access from "../access.js";
import type * as accessMatrix from "../accessMatrix.js";
import type * as auth from "../auth.js";
import type * as callers from "../callers.js";
import type * as crons from "../crons.js";
import type * as feed from "../feed.js";
import type * as http from "../http.js";
import type * as ingest from "../ingest.js";
import type * as leases from "../leases.js";
import type * as live from "../live.js";
import type * as machines from "../machines.js";
import type * as media from "../media.js";
import type * as mirrors from "../mirrors.js";
import type * as model_access_checks from "../model/access/checks.js";
import type * as model_access_explain from "../model/access/explain.js";
import type * as model_access_grantKeys from "../model/access/grantKeys.js";
import type * as model_access_grants from "../model/access/grants.js";
import type * as model_access_holdings from "../model/access/holdings.js";
import type * as model_access_places from "../model/access/places.js";
import type * as model_access_planChange from "../model/access/planChange.js";
import type * as model_access_recompute from "../model/access/recompute.js";
import type * as model_access_tables from "../model/access/tables.js";
import type * as model_access_timeline from "../model/access/timeline.js";
import type * as model_access_told from "../model/access/told.js";
import type * as model_access_validators from "../model/access/validators.js";
import type * as model_audit_record from "../model/audit/record.js";
import type * as model_catalogue_tables from "../model/catalogue/tables.js";
import type * as model_catalogue_validators from "../model/catalogue/validators.js";
import type * as model_environment from "../model/environment.js";
import type * as model_feeds_counter from "../model/feeds/counter.js";
import type * as model_feeds_keys from "../model/feeds/keys.js";
import type * as model_feeds_read from "../model/feeds/read.js";
import type * as model_feeds_shards from "../model/feeds/shards.js";
import type * as model_http_answer from "../model/http/answer.js";
import type * as model_http_ingestRequest from "../model/http/ingestRequest.js";
import type * as model_http_machineExchange from "../model/http/machineExchange.js";
import type * as model_http_mediaRequest from "../model/http/mediaRequest.js";
import type * as model_http_tokenRefusals from "../model/http/tokenRefusals.js";
import type * as model_identities_tables from "../model/identities/tables.js";
import type * as model_identities_validators from "../model/identities/validators.js";
import type * as model_ingest_acceptBatch from "../model/ingest/acceptBatch.js";
import type * as model_ingest_acceptWithToken from "../model/ingest/acceptWithToken.js";
import type * as model_ingest_read from "../model/ingest/read.js";
import type * as model_ingest_replies from "../model/ingest/replies.js";
import type * as model_ingest_rollUp from "../model/ingest/rollUp.js";
import type * as model_ingest_sourceFinder from "../model/ingest/sourceFinder.js";
import type * as model_ingest_tally from "../model/ingest/tally.js";
import type * as model_ingest_throttle from "../model/ingest/throttle.js";
import type * as model_ingest_validators from "../model/ingest/validators.js";
import type * as model_leases_store from "../model/leases/store.js";
import type * as model_live_read from "../model/live/read.js";
import type * as model_machines_audience from "../model/machines/audience.js";
import type * as model_machines_caller from "../model/machines/caller.js";
import type * as model_machines_jwt from "../model/machines/jwt.js";
import type * as model_machines_list from "../model/machines/list.js";
import type * as model_machines_store from "../model/machines/store.js";
import type * as model_machines_tokens from "../model/machines/tokens.js";
import type * as model_machines_validators from "../model/machines/validators.js";
import type * as model_media_links from "../model/media/links.js";
import type * as model_media_tables from "../model/media/tables.js";
import type * as model_mirrors_settle from "../model/mirrors/settle.js";
import type * as model_mirrors_validators from "../model/mirrors/validators.js";
import type * as model_mirrors_want from "../model/mirrors/want.js";
import type * as model_mirrors_withdraw from "../model/mirrors/withdraw.js";
import type * as model_mirrors_work from "../model/mirrors/work.js";
import type * as model_payments_tables from "../model/payments/tables.js";
import type * as model_payments_validators from "../model/payments/validators.js";
import type * as model_people_authTables from "../model/people/authTables.js";
import type * as model_people_caller from "../model/people/caller.js";
import type * as model_people_staff from "../model/people/staff.js";
import type * as model_people_tables from "../model/people/tables.js";
import type * as model_people_validators from "../model/people/validators.js";
import type * as model_receipts_record from "../model/receipts/record.js";
import type * as model_receipts_rollUp from "../model/receipts/rollUp.js";
import type * as model_receipts_summary from "../model/receipts/summary.js";
import type * as model_receipts_validators from "../model/receipts/validators.js";
import type * as model_routes_shards from "../model/routes/shards.js";
import type * as model_routes_store from "../model/routes/store.js";
import type * as model_setup_seed from "../model/setup/seed.js";
import type * as model_signals_knownRows from "../model/signals/knownRows.js";
import type * as model_signals_storedSignal from "../model/signals/storedSignal.js";
import type * as model_signals_validators from "../model/signals/validators.js";
import type * as model_sources_store from "../model/sources/store.js";
import type * as receipts from "../receipts.js";
import type * as routes from "../routes.js";
import type * as setup from "../setup.js";
import type * as sources from "../sources.js";
import type * as staff from "../staff.js";
import type * as wrappers from "../wrappers.js";

import type {
  ApiFromModules,
  FilterApi,
  FunctionReference,
} from "convex/server";

declare const fullApi: ApiFromModules<{
  access: typeof access;
  accessMatrix: typeof accessMatrix;
  auth: typeof auth;
  callers: typeof callers;
  crons: typeof crons;
  feed: typeof feed;
  http: typeof http;
  ingest: typeof ingest;
  leases: typeof leases;
  live: typeof live;
  machines: typeof machines;
  media: typeof media;
  mirrors: typeof mirrors;
  "model/access/checks": typeof model_access_checks;
  "model/access/explain": typeof model_access_explain;
  "model/access/grantKeys": typeof model_access_grantKeys;
  "model/access/grants": typeof model_access_grants;
  "model/access/holdings": typeof model_access_holdings;
  "model/access/places": typeof model_access_places;
  "model/access/planChange": typeof model_access_planChange;
  "model/access/recompute": typeof model_access_recompute;
  "model/access/tables": typeof model_access_tables;
  "model/access/timeline": typeof model_access_timeline;
  "model/access/told": typeof model_access_told;
  "model/access/validators": typeof model_access_validators;
  "model/audit/record": typeof model_audit_record;
  "model/catalogue/tables": typeof model_catalogue_tables;
  "model/catalogue/validators": typeof model_catalogue_validators;
  "model/environment": typeof model_environment;
  "model/feeds/counter": typeof model_feeds_counter;
  "model/feeds/keys": typeof model_feeds_keys;
  "model/feeds/read": typeof model_feeds_read;
  "model/feeds/shards": typeof model_feeds_shards;
  "model/http/answer": typeof model_http_answer;
  "model/http/ingestRequest": typeof model_http_ingestRequest;
  "model/http/machineExchange": typeof model_http_machineExchange;
  "model/http/mediaRequest": typeof model_http_mediaRequest;
  "model/http/tokenRefusals": typeof model_http_tokenRefusals;
  "model/identities/tables": typeof model_identities_tables;
  "model/identities/validators": typeof model_identities_validators;
  "model/ingest/acceptBatch": typeof model_ingest_acceptBatch;
  "model/ingest/acceptWithToken": typeof model_ingest_acceptWithToken;
  "model/ingest/read": typeof model_ingest_read;
  "model/ingest/replies": typeof model_ingest_replies;
  "model/ingest/rollUp": typeof model_ingest_rollUp;
  "model/ingest/sourceFinder": typeof model_ingest_sourceFinder;
  "model/ingest/tally": typeof model_ingest_tally;
  "model/ingest/throttle": typeof model_ingest_throttle;
  "model/ingest/validators": typeof model_ingest_validators;
  "model/leases/store": typeof model_leases_store;
  "model/live/read": typeof model_live_read;
  "model/machines/audience": typeof model_machines_audience;
  "model/machines/caller": typeof model_machines_caller;
  "model/machines/jwt": typeof model_machines_jwt;
  "model/machines/list": typeof model_machines_list;
  "model/machines/store": typeof model_machines_store;
  "model/machines/tokens": typeof model_machines_tokens;
  "model/machines/validators": typeof model_machines_validators;
  "model/media/links": typeof model_media_links;
  "model/media/tables": typeof model_media_tables;
  "model/mirrors/settle": typeof model_mirrors_settle;
  "model/mirrors/validators": typeof model_mirrors_validators;
  "model/mirrors/want": typeof model_mirrors_want;
  "model/mirrors/withdraw": typeof model_mirrors_withdraw;
  "model/mirrors/work": typeof model_mirrors_work;
  "model/payments/tables": typeof model_payments_tables;
  "model/payments/validators": typeof model_payments_validators;
  "model/people/authTables": typeof model_people_authTables;
  "model/people/caller": typeof model_people_caller;
  "model/people/staff": typeof model_people_staff;
  "model/people/tables": typeof model_people_tables;
  "model/people/validators": typeof model_people_validators;
  "model/receipts/record": typeof model_receipts_record;
  "model/receipts/rollUp": typeof model_receipts_rollUp;
  "model/receipts/summary": typeof model_receipts_summary;
  "model/receipts/validators": typeof model_receipts_validators;
  "model/routes/shards": typeof model_routes_shards;
  "model/routes/store": typeof model_routes_store;
  "model/setup/seed": typeof model_setup_seed;
  "model/signals/knownRows": typeof model_signals_knownRows;
  "model/signals/storedSignal": typeof model_signals_storedSignal;
  "model/signals/validators": typeof model_signals_validators;
  "model/sources/store": typeof model_sources_store;
  receipts: typeof receipts;
  routes: typeof routes;
  setup: typeof setup;
  sources: typeof sources;
  staff: typeof staff;
  wrappers: typeof wrappers;
}>;

/**
 * A utility for referencing Convex functions in your app's public API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = api.myModule.myFunction;
 * ```
 */
export declare const api: FilterApi<
  typeof fullApi,
  FunctionReference<any, "public">
>;

/**
 * A utility for referencing Convex functions in your app's internal API.
 *
 * Usage:
 * ```js
 * const myFunctionReference = internal.myModule.myFunction;
 * ```
 */
export declare const internal: FilterApi<
  typeof fullApi,
  FunctionReference<any, "internal">
>;

export declare const components: {};
