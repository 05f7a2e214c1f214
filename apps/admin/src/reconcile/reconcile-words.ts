/** Reconciliation as a person reads it. */
import type { Tone } from "@heliograph/ui";
import type { ReconciliationDiff, ReconciliationRun } from "../backend.ts";

const PROBLEMS: Readonly<Record<string, string>> = {
  key_refused: "The API key was refused. Set the right one in the deployment's environment.",
  key_lacks_rights: "The API key lacks the right to read everything that is compared.",
  rate_limited: "The provider asked us to slow down.",
  unreachable: "The provider cannot be reached.",
  not_json: "The provider answered something that is not its API.",
  unexpected: "An error of ours: see the deployment's log.",
};

export const RUN_TONES: Readonly<Record<ReconciliationRun["state"], Tone>> = {
  running: "info",
  done: "good",
  failed: "bad",
};

/** Why a run stands still or has ended. */
export function problemText(problem: string): string {
  return PROBLEMS[problem] ?? `The provider answered: ${problem.replace("answered_", "")}.`;
}

/** How far a run came. */
export function progressText({ pages, compared, repaired, failed }: ReconciliationRun): string {
  const mended = `${compared} compared on ${pages} pages, ${repaired} repaired`;
  return failed === 0 ? mended : `${mended}, ${failed} on the failure desk`;
}

type Side = ReconciliationDiff["before"];

/** Where a purchase and its owner's access stood. */
export function sideText({ purchase, access }: Side): string {
  const bought = purchase === null ? "no purchase" : purchase.state;
  return access === null ? `${bought}, no access` : `${bought}, ${access.tier}`;
}
