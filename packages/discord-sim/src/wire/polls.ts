/** How a poll looks on the wire, with its count as the viewer may know it. */
import type { PollRecord } from "../state/records.ts";

export function pollToWire(poll: PollRecord, viewer: { userId: string } | "person") {
  const viewerId = viewer === "person" ? "" : viewer.userId;
  return {
    question: { text: poll.question },
    answers: poll.answers.map(({ id, text, emoji }) => ({
      answer_id: id,
      poll_media: { text, ...(emoji !== null && { emoji: { id: null, name: emoji } }) },
    })),
    expiry: new Date(poll.endsAtMs).toISOString(),
    allow_multiselect: poll.multiselect,
    layout_type: 1,
    results: {
      is_finalized: poll.finalized,
      answer_counts: poll.answers.map(({ id, voterIds }) => ({
        id,
        count: voterIds.length,
        me_voted: voterIds.includes(viewerId),
      })),
    },
  };
}
