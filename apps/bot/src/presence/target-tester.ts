/**
 * Writes a test message into a target and removes it, when staff asks: as the
 * bot, or through a webhook made for it and removed with it.
 *
 * It pings and notifies nobody. What a process that died left behind is removed
 * by the next test of the channel.
 */
import {
  type APIMessage,
  type APIWebhook,
  MessageFlags,
  type REST,
  type RESTPostAPIChannelMessageJSONBody,
  Routes,
} from "discord.js";
import type { PresenceBackend, TestOutcome, Unsubscribe, WantedTest } from "../backend.ts";
import { classifyDiscordError } from "../mirror/discord-error.ts";

const TEXT = "Heliograph tests whether it may post here. This message is removed at once.";
const WEBHOOK = "Heliograph test";
const REASON = { reason: "Test of a mirror target" };
const WEBHOOKS_PER_CHANNEL = 15;
const LOOKED_AT = 50;

export interface TesterDoors {
  readonly backend: Pick<PresenceBackend, "watchTests" | "takeTest" | "settleTest">;
  readonly rest: REST;
  readonly botUserId: string;
  readonly onError: (error: unknown) => void;
}

export class TargetTester {
  readonly #doors: TesterDoors;
  readonly #seen = new Set<string>();
  #unwatch: Unsubscribe = () => {};

  constructor(doors: TesterDoors) {
    this.#doors = doors;
  }

  start(): void {
    const { backend, botUserId, onError } = this.#doors;
    this.#unwatch = backend.watchTests(botUserId, (tests) => {
      for (const wanted of tests) {
        if (this.#seen.has(wanted.testId)) continue;
        this.#seen.add(wanted.testId);
        this.#run(wanted).catch(onError);
      }
    });
  }

  stop(): void {
    this.#unwatch();
  }

  async #run({ testId, channelId, mode }: WantedTest): Promise<void> {
    const { backend } = this.#doors;
    if (!(await backend.takeTest(testId))) return;
    const webhooks = await this.#webhooks(channelId);
    const failure = await this.#failureOf(() =>
      mode === "webhook" ? this.#testWebhook(channelId, webhooks) : this.#testMessage(channelId),
    );
    await backend.settleTest(testId, { webhooks: webhooks?.length ?? null, ...failure });
  }

  async #failureOf(act: () => Promise<void>): Promise<Pick<TestOutcome, "code" | "message">> {
    try {
      await act();
      return { code: null, message: null };
    } catch (error) {
      const { code, message } = classifyDiscordError(error);
      return { code, message };
    }
  }

  async #testMessage(channelId: string): Promise<void> {
    const { rest } = this.#doors;
    await this.#removeLeftovers(channelId);
    const { id } = (await rest.post(Routes.channelMessages(channelId), {
      body: {
        content: TEXT,
        flags: MessageFlags.SuppressNotifications,
        allowed_mentions: { parse: [] },
      } satisfies RESTPostAPIChannelMessageJSONBody,
    })) as APIMessage;
    await rest.delete(Routes.channelMessage(channelId, id), REASON);
  }

  async #testWebhook(channelId: string, known: readonly APIWebhook[] | null): Promise<void> {
    const { rest } = this.#doors;
    const leftovers = (known ?? []).filter((webhook) => this.#isLeftover(webhook));
    for (const { id } of leftovers) await rest.delete(Routes.webhook(id), REASON);
    // Full: the findings say so, and making one would only be refused.
    if ((known?.length ?? 0) - leftovers.length >= WEBHOOKS_PER_CHANNEL) return;
    const made = (await rest.post(Routes.channelWebhooks(channelId), {
      body: { name: WEBHOOK },
      ...REASON,
    })) as APIWebhook;
    const token = made.token ?? ""; // a webhook that a bot makes has one
    try {
      const { id } = (await rest.post(Routes.webhook(made.id, token), {
        auth: false,
        query: new URLSearchParams({ wait: "true" }),
        body: { content: TEXT, allowed_mentions: { parse: [] } },
      })) as APIMessage;
      await rest.delete(Routes.webhookMessage(made.id, token, id), { auth: false });
    } finally {
      await rest.delete(Routes.webhook(made.id), REASON);
    }
  }

  /** Null when the bot may not look. */
  async #webhooks(channelId: string): Promise<readonly APIWebhook[] | null> {
    try {
      return (await this.#doors.rest.get(Routes.channelWebhooks(channelId))) as APIWebhook[];
    } catch {
      return null; // a bot that only posts itself needs no Manage Webhooks
    }
  }

  async #removeLeftovers(channelId: string): Promise<void> {
    const { rest, botUserId } = this.#doors;
    let newest: APIMessage[];
    try {
      const query = new URLSearchParams({ limit: String(LOOKED_AT) });
      newest = (await rest.get(Routes.channelMessages(channelId), { query })) as APIMessage[];
    } catch {
      return; // what the bot may not do here the test itself says
    }
    const own = newest.filter(({ author, content }) => author.id === botUserId && content === TEXT);
    for (const { id } of own) await rest.delete(Routes.channelMessage(channelId, id), REASON);
  }

  #isLeftover({ name, user }: APIWebhook): boolean {
    return name === WEBHOOK && user?.id === this.#doors.botUserId;
  }
}
