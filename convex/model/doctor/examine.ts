/** Examinations: the domain's rules over what is known. */
import {
  examineJoining,
  examineRole,
  examineRoute,
  examineSource,
  type Finding,
  isBlocking,
} from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import { listRoutes } from "../routes/store.ts";
import { listSources } from "../sources/store.ts";
import { Scenes } from "./scenes.ts";
import { findTest } from "./tests.ts";
import type { Target, vPatient, vToldTest } from "./validators.ts";

const MOST_ROUNDS = 200; // sources, and routes, that one round looks at

interface Reader {
  readonly db: DatabaseReader;
}

export async function examineTarget(ctx: Reader, target: Target): Promise<Finding[]> {
  return examineRoute(await new Scenes(ctx).ofTarget(target));
}

export async function examineSourceChannel(
  ctx: Reader,
  guildId: string,
  channelId: string,
): Promise<Finding[]> {
  return examineSource(await new Scenes(ctx).ofSource(guildId, channelId));
}

export async function examineGuildRole(
  ctx: Reader,
  guildId: string,
  roleId: string,
): Promise<Finding[]> {
  return examineRole(await new Scenes(ctx).ofRole(guildId, roleId));
}

export async function examineJoiningOf(ctx: Reader, guildId: string): Promise<Finding[]> {
  return examineJoining(await new Scenes(ctx).ofGuild(guildId));
}

/** Before something is saved: throws `doctor_objects` with the findings, if any says that it cannot work. */
export function refuseBlocked(findings: readonly Finding[]): void {
  if (!isBlocking(findings)) return;
  const errors = findings.filter(({ severity }) => severity === "error");
  const message = errors.map((finding) => `${finding.message} ${finding.fix}`).join("\n");
  throw new ConvexError({
    code: "doctor_objects",
    message,
    findings: errors.map((finding) => finding.code),
  });
}

/** A round over sources and routes: how many were looked at, and those with findings. */
export async function goRound(
  ctx: Reader,
): Promise<{ examined: number; patients: Infer<typeof vPatient>[] }> {
  const scenes = new Scenes(ctx);
  const sources = (await listSources(ctx)).slice(0, MOST_ROUNDS).map(async (source) => {
    const { _id: id, name, guildId, channelId } = source;
    const findings = examineSource(await scenes.ofSource(guildId, channelId));
    return { kind: "source" as const, id, name, guildId, channelId, target: null, findings };
  });
  const routes = (await listRoutes(ctx)).slice(0, MOST_ROUNDS).map(async (route) => {
    const { routeId: id, name, guildId, channelId, pingRoleId, rules } = route;
    const target = { guildId, channelId, pingRoleId, mode: rules.mode, place: rules.place };
    const findings = examineRoute(await scenes.ofTarget(target));
    return { kind: "route" as const, id, name, guildId, channelId, target, findings };
  });
  const all = await Promise.all([...sources, ...routes]);
  return { examined: all.length, patients: all.filter(({ findings }) => findings.length > 0) };
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
