/** Examinations: the domain's rules over what is known. */
import {
  examineRole,
  examineRoute,
  examineSource,
  type Finding,
  isBlocking,
} from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import { roleScene, routeScene, sourceScene } from "./scenes.ts";
import { findTest } from "./tests.ts";
import type { Target, vToldTest } from "./validators.ts";

interface Reader {
  readonly db: DatabaseReader;
}

export async function examineTarget(ctx: Reader, target: Target): Promise<Finding[]> {
  return examineRoute(await routeScene(ctx, target));
}

export async function examineSourceChannel(
  ctx: Reader,
  guildId: string,
  channelId: string,
): Promise<Finding[]> {
  return examineSource(await sourceScene(ctx, guildId, channelId));
}

export async function examineGuildRole(
  ctx: Reader,
  guildId: string,
  roleId: string,
): Promise<Finding[]> {
  return examineRole(await roleScene(ctx, guildId, roleId));
}

/** Before something is saved: throws `doctor_objects` with the findings, if any says that it cannot work. */
export function refuseBlocked(findings: readonly Finding[]): void {
  if (!isBlocking(findings)) return;
  const errors = findings.filter(({ severity }) => severity === "error");
  const message = errors.map((finding) => `${finding.message} ${finding.fix}`).join("\n");
  throw new ConvexError({
    code: "doctor_objects",
    message,
    findings: errors.map((one) => one.code),
  });
}

/** The last test message of a target, as the console shows it. */
export async function tellTest(
  ctx: Reader,
  target: Pick<Target, "channelId" | "mode">,
): Promise<Infer<typeof vToldTest> | null> {
  const test = await findTest(ctx, target);
  if (test === null) return null;
  const { state, mode, requestedAtMs, webhooks, code, message } = test;
  return { state, mode, requestedAtMs, webhooks, code, message };
}
