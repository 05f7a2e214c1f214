/** What happens in a run, drawn at random: what people do, what moderators do by hand, and what breaks. */
import { FEEDS } from "@heliograph/domain";
import { between, type Random } from "../random.ts";
import { MIRROR_ROUTES, PEOPLE, ROLE_ROUTES, type Stage } from "./stage.ts";

type Deed = (stage: Stage, random: Random) => void | Promise<void>;

const MOST_STEPS_TO_DEATH = 25;
const LONGEST_DOWNTIME_MS = 240_000; // Discord remembers no nonce by then

/** Each with how often it is drawn. */
const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [12, post],
  [7, edit],
  [4, remove],
  [3, changeRoutes],
  [3, changeMappings],
  [6, changeAccess],
  [4, changeLink],
  [3, comeOrLeave],
  [4, removeByHand],
  [4, editByHand],
  [3, giveByHand],
  [3, takeByHand],
  [7, failSome],
  [4, closeOrOpen],
  [4, breakGateway],
  [5, dieSoon],
  [3, loseLease],
  [3, failBackend],
  [8, comeToRest],
  [5, retriesAreDue],
  [3, lookAgain],
];

const WEIGHTS = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

/** One thing happens, and some time passes or none. */
export async function happen(stage: Stage, random: Random): Promise<string> {
  if (stage.life === null) {
    await stage.pass(between(random, 9_000, LONGEST_DOWNTIME_MS));
    await stage.startBot();
  }
  const deed = draw(random);
  await deed(stage, random);
  if (random() < 0.5) await stage.pass(between(random, 0, 600));
  return deed.name;
}

/** Time passes until what failed is tried again. */
export async function retriesAreDue(stage: Stage): Promise<void> {
  await stage.idle();
  await stage.pass(61_000);
  stage.backend.wake();
  stage.roles.wake();
}

/** Targets are compared and the server is swept. */
export function lookAgain({ backend, roles }: Pick<Stage, "backend" | "roles">): void {
  backend.wantChecks();
  roles.wantSweep();
}

function draw(random: Random): Deed {
  let left = random() * WEIGHTS;
  for (const [weight, deed] of DEEDS) {
    left -= weight;
    if (left < 0) return deed;
  }
  return post;
}

function pick<T>(random: Random, list: readonly T[]): T | undefined {
  return list[Math.floor(random() * list.length)];
}

function some<T>(random: Random, list: readonly T[]): T[] {
  return list.filter(() => random() < 0.6);
}

function textFrom(random: Random): string {
  const price = between(random, 10_000, 99_999);
  if (random() < 0.75) return `BTC long ${price}`;
  const lines = Array.from(
    { length: between(random, 100, 260) },
    (_, at) => `${at}: hold ${price}`,
  );
  return lines.join("\n").slice(0, 3_900);
}

function post({ sim, sourceId: channelId }: Stage, random: Random): void {
  sim.post({ username: "mara", channelId, content: textFrom(random).slice(0, 2_000) });
}

async function edit(stage: Stage, random: Random): Promise<void> {
  const { sim, sourceId: channelId } = stage;
  await stage.pass(1); // two edits of one millisecond have no order
  const message = pick(random, sim.messages(channelId));
  if (message === undefined) return;
  sim.edit({ channelId, messageId: message.id, content: textFrom(random).slice(0, 2_000) });
}

function remove({ sim, sourceId: channelId }: Stage, random: Random): void {
  const message = pick(random, sim.messages(channelId));
  if (message !== undefined) sim.remove({ channelId, messageId: message.id });
}

function changeRoutes(stage: Stage, random: Random): void {
  stage.backend.setTargets(stage.targets(some(random, stage.targetIds)));
}

function changeMappings(stage: Stage, random: Random): void {
  const mappings = some(random, stage.roleIds).map((roleId) => {
    return { roleId, tier: pick(random, FEEDS) ?? "basic", andAbove: random() < 0.5 };
  });
  stage.map(mappings);
}

function changeAccess({ roles }: Stage, random: Random): void {
  const name = pick(random, PEOPLE) ?? "";
  roles.setPerson(name, { tier: random() < 0.35 ? null : (pick(random, FEEDS) ?? null) });
}

function changeLink({ roles, sim }: Stage, random: Random): void {
  const name = pick(random, PEOPLE) ?? "";
  roles.setPerson(name, { discordId: random() < 0.35 ? null : sim.userId(name) });
}

function comeOrLeave(stage: Stage, random: Random): void {
  const { sim, guildId } = stage;
  const userId = sim.userId(pick(random, PEOPLE) ?? "");
  const isThere = sim.members(guildId).some((member) => member.userId === userId);
  sim.act({ kind: isThere ? "leave" : "join", guildId, userId });
  // With the member the roles are gone.
  for (const held of stage.byHand) if (held.startsWith(userId)) stage.byHand.delete(held);
}

function mirrored({ sim, targetIds }: Stage, random: Random) {
  const channelId = pick(random, targetIds) ?? "";
  const message = pick(random, sim.messages(channelId));
  return message === undefined ? null : { channelId, messageId: message.id };
}

function removeByHand(stage: Stage, random: Random): void {
  const place = mirrored(stage, random);
  if (place !== null) stage.sim.remove(place);
}

function editByHand(stage: Stage, random: Random): void {
  const place = mirrored(stage, random);
  if (place !== null) stage.sim.edit({ ...place, content: `tampered ${random()}` });
}

function giveByHand(stage: Stage, random: Random): void {
  changeByHand(stage, random, "giveRole");
}

function takeByHand(stage: Stage, random: Random): void {
  changeByHand(stage, random, "takeRole");
}

function changeByHand(stage: Stage, random: Random, kind: "giveRole" | "takeRole"): void {
  const { sim, guildId, roleIds } = stage;
  const member = pick(
    random,
    sim.members(guildId).filter(({ bot }) => !bot),
  );
  const roleId = pick(random, roleIds);
  if (member === undefined || roleId === undefined) return;
  sim.act({ kind, guildId, userId: member.userId, roleId });
  const named = `${member.userId} ${roleId}`;
  if (kind === "giveRole") stage.byHand.add(named);
  else stage.byHand.delete(named);
}

function failSome({ sim }: Stage, random: Random): void {
  const route = pick(random, [...MIRROR_ROUTES, ...ROLE_ROUTES]) ?? "";
  const times = between(random, 1, 5); // discord.js itself tries four times
  const kind = random();
  if (kind < 0.35) sim.faults.failNext({ route, status: 503, times });
  else if (kind < 0.6) sim.faults.failNext({ route, status: 429, retryAfterMs: 3, times });
  else sim.faults.loseNextAnswer({ route, how: "reset", times });
}

function closeOrOpen({ sim, targetIds }: Stage, random: Random): void {
  sim.setBarrier(
    pick(random, targetIds) ?? "",
    pick(random, ["access", "permissions", null, null]) ?? null,
  );
}

function breakGateway({ sim }: Stage, random: Random): void {
  const kind = random();
  if (kind < 0.4) sim.faults.dropGateway();
  else if (kind < 0.7) sim.faults.dropGateway(undefined, { forget: true });
  else sim.faults.askToReconnect();
}

function loseLease({ backend }: Stage): void {
  backend.expireLease();
}

async function comeToRest(stage: Stage): Promise<void> {
  await stage.idle();
}

function dieSoon({ life }: Stage, random: Random): void {
  life?.dieAfter(between(random, 1, MOST_STEPS_TO_DEATH));
}

function failBackend({ life }: Stage, random: Random): void {
  if (life !== null) life.backendFailures = between(random, 1, 4);
}
