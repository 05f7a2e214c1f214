/**
 * What hears Discord for the backend, whoever holds a lease: capture and members,
 * and what the doctor knows of the bot and its servers.
 */
import type { Client } from "discord.js";
import type { Backend } from "./backend.ts";
import { SourceCapture } from "./capture/source-capture.ts";
import type { Clock } from "./clock.ts";
import { errorText, type Log } from "./log.ts";
import { renewLinks } from "./media/renew-links.ts";
import { MemberWatch } from "./members/member-watch.ts";
import { Catalogue } from "./presence/catalogue.ts";
import { Presence } from "./presence/presence.ts";
import { TargetTester } from "./presence/target-tester.ts";

export interface ListenerDoors {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly log: Log;
  /** The shards of work that this bot asks for. */
  readonly shards: readonly number[];
  /** Server time, in ms. */
  readonly nowMs: () => number;
  readonly onTokenRefused: () => void;
}

export class Listeners {
  readonly capture: SourceCapture;
  readonly #doors: ListenerDoors;
  readonly #members: MemberWatch;
  readonly #presence: Presence;
  readonly #catalogue: Catalogue;
  #stopRenewing = () => {};
  #stopTesting = () => {};

  constructor(doors: ListenerDoors) {
    const { backend, clock, shards: workerShards } = doors;
    const onError = this.#failed("presence.failed");
    this.#doors = doors;
    this.capture = new SourceCapture(doors);
    this.#members = new MemberWatch(doors);
    this.#presence = new Presence({ backend, clock, workerShards, onError });
    this.#catalogue = new Catalogue({ backend, clock, onError });
  }

  /** Before the client connects, so that no event is missed. */
  attach(client: Client): void {
    for (const part of [this.capture, this.#members, this.#presence, this.#catalogue]) {
      part.attach(client);
    }
  }

  /** The gateway is ready. */
  start(client: Client<true>): void {
    const { backend, clock, log } = this.#doors;
    const { rest, user } = client;
    this.capture.start(client);
    this.#presence.start(client);
    const onError = this.#failed("test.failed");
    const tester = new TargetTester({ backend, rest, botUserId: user.id, onError });
    tester.start();
    this.#stopTesting = () => tester.stop();
    this.#stopRenewing = renewLinks({ backend, clock, log, rest });
  }

  /** Begins nothing of its own any more. */
  rest(): void {
    this.#stopRenewing();
    this.#stopTesting();
    this.#catalogue.stop();
  }

  /** Says that the bot leaves. */
  async leave(): Promise<void> {
    await this.#presence.stop();
  }

  /** Once the client is gone: resolves when the backend has what was heard until then. */
  async finish(): Promise<void> {
    await Promise.all([this.capture.finish(), this.#members.finish()]);
  }

  close(): void {
    this.capture.close();
    this.#members.close();
  }

  #failed(event: string) {
    return (error: unknown) => this.#doors.log(event, { error: errorText(error) });
  }
}
