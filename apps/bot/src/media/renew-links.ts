/** Asks Discord for new links in place of those that ran out before their file was copied. */
import { DiscordAPIError, type REST } from "discord.js";
import type { Backend, ExpiredLink, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";

export interface RenewDoors {
  readonly backend: Pick<Backend, "watchExpiredLinks" | "renewLinks">;
  readonly rest: Pick<REST, "post">;
  readonly clock: Pick<Clock, "after">;
  readonly log: Log;
}

type NewLinks = ReadonlyMap<string, string>;

const AGAIN_MS = 60_000;

/** Does so whenever there are any, one request at a time, until it is ended. */
export function renewLinks(doors: RenewDoors): Unsubscribe {
  let waiting: readonly ExpiredLink[] = [];
  let state: "idle" | "busy" | "ended" = "idle";
  const work = async () => {
    if (state !== "idle" || waiting.length === 0) return;
    state = "busy";
    const asked = waiting;
    const isDone = await renew(asked, doors);
    if (state !== "busy") return;
    state = "idle";
    if (!isDone) doors.clock.after(AGAIN_MS, () => void work());
    else if (waiting !== asked) await work();
  };
  const unsubscribe = doors.backend.watchExpiredLinks((links) => {
    waiting = links;
    void work();
  });
  return () => {
    state = "ended";
    unsubscribe();
  };
}

async function renew(links: readonly ExpiredLink[], doors: RenewDoors): Promise<boolean> {
  try {
    const fresh = await ask(doors.rest, links);
    await doors.backend.renewLinks(
      links.map(({ wantedId, link }) => ({ wantedId, link: fresh.get(link) ?? null })),
    );
    return true;
  } catch (error) {
    doors.log("media.not_renewed", { links: links.length, error: errorText(error) });
    return false;
  }
}

/** Of what Discord's documentation leaves out, but its bots use. What it refuses has no new link. */
async function ask(rest: RenewDoors["rest"], links: readonly ExpiredLink[]): Promise<NewLinks> {
  const body = { attachment_urls: links.map(({ link }) => link) };
  try {
    return readAnswer(await rest.post("/attachments/refresh-urls", { body }));
  } catch (error) {
    if (error instanceof DiscordAPIError && error.status < 500) return new Map();
    throw error;
  }
}

function readAnswer(answer: unknown): NewLinks {
  const { refreshed_urls: pairs }: { refreshed_urls?: unknown } = Object(answer);
  const fresh = new Map<string, string>();
  for (const pair of Array.isArray(pairs) ? pairs : []) {
    const { original, refreshed }: { original?: unknown; refreshed?: unknown } = Object(pair);
    const isPair = typeof original === "string" && typeof refreshed === "string";
    if (isPair && refreshed !== original) fresh.set(original, refreshed);
  }
  return fresh;
}
