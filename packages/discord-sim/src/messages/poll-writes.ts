/**
 * Votes and the end of polls. A poll ends by itself at its time, and then the
 * channel gets a notice with the result.
 *
 * [DPOLL1] A vote is told to sessions; after the end none is taken.
 * [DPOLL2] Ended, by its author or by time, it is finalized and the result is posted.
 */
import { newMessage } from "../state/new-records.ts";
import type { MessageRecord, PollRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import type { MessageWrites } from "./message-writes.ts";

const POLL_RESULT = 46;

export class PollWrites {
  readonly #world: World;
  readonly #messages: MessageWrites;

  constructor(world: World, messages: MessageWrites) {
    this.#world = world;
    this.#messages = messages;
    world.events.listen((event) => {
      if (event.type === "messageCreated") this.#endInTime(event.message);
    });
    for (const id of world.channels.keys())
      for (const message of world.log(id).all()) this.#endInTime(message);
  }

  /** A second vote of a person takes the first back unless several are allowed. */
  vote(message: MessageRecord, userId: string, answerId: number): void {
    const poll = getOpenPoll(message, this.#world.clock.nowMs());
    const answer = poll.answers.find(({ id }) => id === answerId);
    if (answer === undefined || answer.voterIds.includes(userId)) return;
    if (!poll.multiselect)
      for (const { id, voterIds } of poll.answers)
        if (voterIds.includes(userId)) this.takeBack(message, userId, id);
    answer.voterIds.push(userId);
    this.#world.events.emit({ type: "pollVoted", message, userId, answerId });
  }

  takeBack(message: MessageRecord, userId: string, answerId: number): void {
    const poll = getOpenPoll(message, this.#world.clock.nowMs());
    const answer = poll.answers.find(({ id }) => id === answerId);
    if (answer === undefined || !answer.voterIds.includes(userId)) return;
    answer.voterIds = answer.voterIds.filter((id) => id !== userId);
    this.#world.events.emit({ type: "pollVoteTaken", message, userId, answerId });
  }

  end(message: MessageRecord): void {
    if (message.poll === null) throw refuse.notAPoll();
    if (message.poll.finalized) throw refuse.pollExpired();
    message.poll.finalized = true;
    message.poll.endsAtMs = Math.min(message.poll.endsAtMs, this.#world.clock.nowMs());
    this.#messages.touch(message);
    const { channelId, authorId } = message;
    const id = this.#world.snowflakes.next();
    const embeds = [resultEmbed(message.poll)];
    const notice = { id, channelId, authorId, embeds, type: POLL_RESULT, replyToId: message.id };
    this.#messages.append(newMessage(notice));
  }

  #endInTime(message: MessageRecord): void {
    const { poll, channelId, id } = message;
    if (poll === null || poll.finalized) return;
    this.#world.clock.after(Math.max(0, poll.endsAtMs - this.#world.clock.nowMs()), () => {
      const still = this.#world.findMessage(channelId, id);
      if (still?.poll?.finalized === false) this.end(still);
    });
  }
}

function getOpenPoll({ poll }: MessageRecord, nowMs: number): PollRecord {
  if (poll === null) throw refuse.notAPoll();
  if (poll.finalized || poll.endsAtMs <= nowMs) throw refuse.pollExpired();
  return poll;
}

function resultEmbed(poll: PollRecord): MessageRecord["embeds"][number] {
  const total = poll.answers.reduce((sum, { voterIds }) => sum + voterIds.length, 0);
  const best = Math.max(...poll.answers.map(({ voterIds }) => voterIds.length));
  const first = poll.answers.filter(({ voterIds }) => voterIds.length === best);
  const [victor] = first.length === 1 && best > 0 ? first : [];
  const facts: [string, string][] = [
    ["poll_question_text", poll.question],
    ["victor_answer_votes", String(best)],
    ["total_votes", String(total)],
  ];
  if (victor !== undefined)
    facts.push(["victor_answer_id", String(victor.id)], ["victor_answer_text", victor.text]);
  const fields = facts.map(([name, value]) => ({ name, value, inline: false }));
  return { type: "poll_result", fields } as unknown as MessageRecord["embeds"][number];
}
