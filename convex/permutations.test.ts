/** Every order and repetition of a message's events ends in one stored state and one mirrored state. */
import type { SourceEvent } from "@heliograph/domain";
import type { FunctionReturnType } from "convex/server";
import fc from "fast-check";
import { expect, test } from "vitest";
import { api } from "./_generated/api.js";
import {
  type Backend,
  issueMachine,
  post,
  previewKey,
  readFeed,
  removal,
  seedSource,
  sendIngest,
  startBackend,
} from "./test.setup.ts";

type WorkAnswer = FunctionReturnType<typeof api.mirrors.work>;
type MirrorWork = Extract<WorkAnswer, { state: "current" }>["rows"][number];

const START_MS = Date.now() - 60_000;

const CREATE = post("m1", {
  occurredAt: START_MS,
  author: { id: "1", name: "Mara" },
  content: "BTC long, stop 60k",
});
const EDIT = post("m1", {
  type: "update",
  occurredAt: START_MS + 1_000,
  content: "BTC long, stop 61k",
  embeds: [{ title: "chart" }],
});
const SECOND_EDIT = post("m1", {
  type: "update",
  occurredAt: START_MS + 2_000,
  content: "BTC long, stop 62k",
});
const DELETE = removal("m1", START_MS + 3_000);

/** What must not depend on the order: everything but the count of changes and the times of arrival. */
async function readStored(t: Backend) {
  const signals = await readFeed(t, await previewKey(t), [0, 1]);
  return signals.map(({ signalId: _, revision: __, stamps: ___, ...stored }) => stored);
}

/** A target channel and the bot that works on it: message text by mirror. */
class TargetChannel {
  readonly #bot: Pick<Backend, "query" | "mutation">;
  readonly #posts = new Map<string, string>();

  constructor(bot: Pick<Backend, "query" | "mutation">) {
    this.#bot = bot;
  }

  get shown(): string[] {
    return [...this.#posts.values()];
  }

  /** Closes every gap there is. */
  async catchUp(): Promise<void> {
    const lease = await this.#bot.mutation(api.leases.acquire, { shard: 0, holder: "h" });
    if (lease.state !== "held") throw new Error("the shard is busy");
    for (const lane of ["priority", "normal"] as const) {
      const work = await this.#bot.query(api.mirrors.work, { shard: 0, lane });
      if (work.state !== "current") throw new Error(work.state);
      const results = work.rows.map((row) => this.#close(row));
      await this.#bot.mutation(api.mirrors.settle, { shard: 0, epoch: lease.epoch, results });
    }
  }

  #close({ mirrorId, wanted, message }: MirrorWork) {
    if (message === null) this.#posts.delete(mirrorId);
    else this.#posts.set(mirrorId, message.content);
    const messageIds = message === null ? [] : ["d1"];
    return { mirrorId, revision: wanted.revision, outcome: "applied" as const, messageIds };
  }
}

interface Plan {
  readonly events: readonly SourceEvent[];
  readonly cuts: readonly boolean[]; // whether a new request begins here
  readonly mirrorsBetween: boolean;
}

async function run(plan: Plan) {
  const t = startBackend();
  await seedSource(t);
  const { token } = await issueMachine(t, "source");
  const { as: bot } = await issueMachine(t, "bot");
  const channel = new TargetChannel(bot);
  for (const events of requestsOf(plan)) {
    const { status } = await sendIngest(t, token, { events });
    expect(status).toBe(200);
    if (plan.mirrorsBetween) await channel.catchUp();
  }
  await channel.catchUp();
  return { stored: await readStored(t), shown: channel.shown };
}

function requestsOf({ events, cuts }: Plan): SourceEvent[][] {
  const requests: SourceEvent[][] = [[]];
  for (const [index, event] of events.entries()) {
    if (index > 0 && cuts[index] === true) requests.push([]);
    requests.at(-1)?.push(event);
  }
  return requests;
}

/** Some order of all of the events, some of them twice, cut into requests somehow. */
function plansOf(all: readonly SourceEvent[]): fc.Arbitrary<Plan> {
  return fc.tuple(fc.subarray([...all]), fc.boolean()).chain(([again, mirrorsBetween]) => {
    const events = [...all, ...again];
    return fc.record({
      events: fc.shuffledSubarray(events, { minLength: events.length }),
      cuts: fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length }),
      mirrorsBetween: fc.constant(mirrorsBetween),
    });
  });
}

test("[ING1] create, edit, edit and delete end in one tombstone, in any order, with repeats", async () => {
  const all = [CREATE, EDIT, SECOND_EDIT, DELETE];
  const expected = await run({ events: all, cuts: [], mirrorsBetween: false });
  expect(expected.stored).toMatchObject([{ state: "deleted", seq: 1, content: "", embeds: [] }]);
  await fc.assert(
    fc.asyncProperty(plansOf(all), async (plan) => {
      const actual = await run(plan);
      expect(actual.stored).toEqual(expected.stored);
      expect(actual.shown).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test("[ING1] create, edit and edit end in the newest text, stored and mirrored, in any order, with repeats", async () => {
  const all = [CREATE, EDIT, SECOND_EDIT];
  const expected = await run({ events: all, cuts: [], mirrorsBetween: false });
  expect(expected.stored).toMatchObject([
    {
      state: "live",
      content: "BTC long, stop 62k",
      embeds: [{ title: "chart" }],
      author: { name: "Mara" },
    },
  ]);
  await fc.assert(
    fc.asyncProperty(plansOf(all), async (plan) => {
      const actual = await run(plan);
      expect(actual.stored).toEqual(expected.stored);
      expect(actual.shown).toEqual(["BTC long, stop 62k"]);
    }),
    { numRuns: 60 },
  );
});
