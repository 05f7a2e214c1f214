/** Work rows as the backend gives them, with only what a test cares about named. */
import type { MirrorWork } from "../src/backend.ts";

/** Ids are plain text in tests. */
type Overrides = Partial<Omit<MirrorWork, "mirrorId">> & { readonly mirrorId?: string };

export function mirrorWork(overrides: Overrides = {}): MirrorWork {
  const message = {
    content: "BTC long",
    embeds: [],
    attachments: [],
    media: [],
    authorName: "Mara",
    authorAvatarUrl: null,
    sourceName: "pro-calls",
    pingRoleId: null,
  };
  const work = {
    mirrorId: "mirror-1",
    signalId: "signal-1",
    feed: "pro",
    seq: 1,
    kind: "entry",
    target: { guildId: "1", channelId: "100" },
    wanted: { revision: 1, deleted: false },
    applied: null,
    nonce: "n-1",
    lookFirst: false,
    attempt: 0,
    losses: 0,
    urged: false,
    plannedAtMs: 0,
    mode: "bot",
    place: { kind: "channel" },
    message,
    replyTo: null,
    stamps: { sourceAtMs: 0, receivedAtMs: 0, committedAtMs: 0 },
    ...overrides,
  };
  return work as MirrorWork;
}
