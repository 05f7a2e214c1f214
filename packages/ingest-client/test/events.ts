/** Events for the tests, told apart by their message ids. */
import type { PostEvent } from "../src/events.ts";

export function post(messageId: string, content = "BTC long"): PostEvent {
  return { type: "create", messageId, channelId: "c1", occurredAt: 1_700_000_000_000, content };
}

export function posts(count: number): PostEvent[] {
  return Array.from({ length: count }, (_, index) => post(`m${index + 1}`));
}
