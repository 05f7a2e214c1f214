/** What a signal's card needs to know: the backend's feed signal satisfies it as it is. */
export type SignalKind = "entry" | "update" | "close" | "other";

export type EmbedView = {
  title?: string | undefined;
  description?: string | undefined;
  url?: string | undefined;
  /** 0xRRGGBB. */
  color?: number | undefined;
  author?: { name: string; url?: string | undefined; iconUrl?: string | undefined } | undefined;
  fields?: ReadonlyArray<{ name: string; value: string; inline?: boolean | undefined }> | undefined;
  image?: MediumView | undefined;
  thumbnail?: MediumView | undefined;
  footer?: string | undefined;
  timestampMs?: number | undefined;
};

/** A picture or file: ready with its address, still coming, or not to be had. */
export type MediumView = {
  state: "ready" | "coming" | "missing";
  url?: string | undefined;
  width?: number | undefined;
  height?: number | undefined;
};

export type AttachmentView = MediumView & {
  id: string;
  name: string;
  contentType?: string | undefined;
  /** Bytes. */
  size?: number | undefined;
};

export type SignalView = {
  signalId: string;
  feed: string;
  seq: number;
  state: "live" | "deleted";
  revision: number;
  kind: SignalKind;
  source: { name: string };
  author: { name: string; avatarUrl?: string | undefined } | null;
  content: string;
  embeds: readonly EmbedView[];
  attachments: readonly AttachmentView[];
  postedAtMs: number;
  editedAtMs: number | null;
  deletedAtMs: number | null;
};

const KIND_WORDS: Record<SignalKind, string> = {
  entry: "Entry",
  update: "Update",
  close: "Close",
  other: "Post",
};

/** "Entry", "Update", "Close", "Post". */
export function kindWord(kind: SignalKind): string {
  return KIND_WORDS[kind];
}

/** "Pro #1,284": how a person names a signal. Imported history counts down from 0. */
export function signalName(signal: { feed: string; seq: number }): string {
  const feed = signal.feed.charAt(0).toUpperCase() + signal.feed.slice(1);
  return `${feed} #${signal.seq}`;
}

/** The DOM id of a signal's card, by feed and seq: what a reply jumps to. */
export function signalDomId({ feed, seq }: { feed: string; seq: number }): string {
  return `${feed}-${seq}`;
}
