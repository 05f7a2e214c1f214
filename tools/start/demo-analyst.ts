/**
 * Plays the demo script in the simulated Discord, as the analyst, one step after
 * the other and again from the top. Where it stopped is kept, so that a later
 * start goes on with the day and its edits still find their posts.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { chartPng } from "../demo/charts.ts";
import { DEMO_STEPS } from "../demo/posts.ts";
import type { DemoChannel, DemoStep } from "../demo/script.ts";
import { ANALYST, CHANNELS } from "./world.ts";

interface Place {
  readonly channelId: string;
  readonly messageId: string;
}

interface Progress {
  readonly step: number;
  /** Posts of this round by their name in the script. */
  readonly posts: Readonly<Record<string, Place>>;
}

const CHANNEL_IDS: Record<DemoChannel, string> = {
  basic: CHANNELS.basicCalls.id,
  advanced: CHANNELS.advancedCalls.id,
  pro: CHANNELS.proCalls.id,
};
const BEGINNING: Progress = { step: 0, posts: {} };
const ANSWER_MS = 10_000; // the simulator answers in milliseconds

export interface DemoAnalyst {
  stop(): Promise<void>;
}

/** `discordUrl`: where the simulator is. `file`: where progress is kept. A step that fails is told and skipped. */
export function startDemoAnalyst(
  discordUrl: string,
  file: string,
  onError: (error: unknown) => void,
): DemoAnalyst {
  const stopped = new AbortController();
  const playing = play(discordUrl, file, stopped.signal, onError);
  return {
    async stop() {
      stopped.abort();
      await playing;
    },
  };
}

async function play(
  discordUrl: string,
  file: string,
  stopped: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  let progress = readProgress(file);
  while (!stopped.aborted) {
    const step = DEMO_STEPS[progress.step];
    if (step === undefined) {
      progress = BEGINNING;
      continue;
    }
    const waited = await sleep(step.afterMs, true, { signal: stopped }).catch(() => false);
    if (!waited) return;
    try {
      const place = await act(discordUrl, step, progress);
      progress = {
        step: progress.step + 1,
        posts: { ...progress.posts, ...(place && { [step.ref]: place }) },
      };
    } catch (error) {
      onError(error);
      progress = { ...progress, step: progress.step + 1 };
    }
    keepProgress(file, progress);
  }
}

/** The place of a new post; undefined for an edit or a deletion. */
async function act(
  discordUrl: string,
  step: DemoStep,
  { posts }: Progress,
): Promise<Place | undefined> {
  switch (step.action) {
    case "post":
      return await post(discordUrl, CHANNEL_IDS[step.channel], step, undefined);
    case "reply": {
      const to = find(posts, step.to);
      return await post(discordUrl, to.channelId, step, to.messageId);
    }
    case "edit":
      await call("PATCH", messageUrl(discordUrl, find(posts, step.ref)), { content: step.text });
      return undefined;
    case "delete":
      await call("DELETE", messageUrl(discordUrl, find(posts, step.ref)));
      return undefined;
    default:
      return step satisfies never;
  }
}

async function post(
  discordUrl: string,
  channelId: string,
  { text, charts = [] }: Extract<DemoStep, { action: "post" | "reply" }>,
  replyTo: string | undefined,
): Promise<Place> {
  const files = charts.map((chart) => ({
    name: `${chart}.png`,
    contentType: "image/png",
    data: chartPng(chart).toString("base64"),
  }));
  const body = {
    userId: ANALYST.id,
    content: text,
    files,
    ...(replyTo !== undefined && { replyTo }),
  };
  const message = await call("POST", `${discordUrl}/sim/channels/${channelId}/messages`, body);
  return { channelId, messageId: message.id };
}

async function call(method: string, address: string, body?: unknown): Promise<{ id: string }> {
  const response = await fetch(address, {
    method,
    headers: { "content-type": "application/json" },
    signal: AbortSignal.timeout(ANSWER_MS),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${address} answered ${response.status}: ${text}`);
  return text === "" ? { id: "" } : JSON.parse(text);
}

function messageUrl(discordUrl: string, { channelId, messageId }: Place): string {
  return `${discordUrl}/sim/channels/${channelId}/messages/${messageId}`;
}

function find(posts: Progress["posts"], ref: string): Place {
  const place = posts[ref];
  if (place === undefined)
    throw new Error(`the demo script names ${ref}, which was not posted in this round`);
  return place;
}

/** Never cut short: a crash leaves the old place or the new one. */
function keepProgress(file: string, progress: Progress): void {
  writeFileSync(`${file}.new`, JSON.stringify(progress));
  renameSync(`${file}.new`, file);
}

function readProgress(file: string): Progress {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return BEGINNING; // the first start
  }
}
