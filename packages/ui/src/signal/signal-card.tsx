/**
 * One signal: who, what kind, when, the post itself, and what became of it.
 *
 * A card's place in the list is the caller's; what it looks like in each state is decided here:
 * live, edited, deleted while shown, and fresh (it just arrived).
 */
import { CornerUpLeft } from "lucide-react";
import { memo, type ReactNode, type Ref, useState } from "react";
import { Badge, type Tone } from "../primitives/badge.tsx";
import { Tooltip } from "../primitives/tooltip.tsx";
import { MarkdownView } from "../text/markdown-view.tsx";
import { TimeAgo } from "../time/time-ago.tsx";
import { durationText, exactTime } from "../time/time-text.ts";
import type { ReplyView } from "./reply-preview.ts";
import styles from "./signal-card.module.css";
import { SignalEmbed } from "./signal-embed.tsx";
import { SignalMedia } from "./signal-media.tsx";
import {
  kindWord,
  type SignalKind,
  type SignalView,
  signalDomId,
  signalName,
} from "./signal-view.ts";

type SignalCardProps = {
  signal: SignalView;
  reply?: ReplyView | null;
  /** It arrived while the page was open: a tint fades out behind it. */
  fresh?: boolean;
  /** Small facts at the end of the head line, e.g. the measured delay. */
  measure?: ReactNode;
  /** What the operator sees below the post. */
  footer?: ReactNode;
  /** 3 where the list stands under a heading of its own. */
  headingLevel?: 2 | 3;
  ref?: Ref<HTMLElement>;
  /** For the keyboard: 0 for the one card in the tab order, -1 for the rest. */
  tabIndex?: 0 | -1;
};

/** Renders again only when the signal's revision, or something else it is given, changes. */
export const SignalCard = memo(SignalCardNow, sameCard);

function SignalCardNow(props: SignalCardProps) {
  const { signal, reply = null, fresh = false, measure, footer, ref, tabIndex } = props;
  const { headingLevel = 2 } = props;
  const headId = `signal-${signal.signalId}`;
  return (
    <article
      ref={ref}
      id={signalDomId(signal)}
      className={styles.card}
      data-state={signal.state}
      data-fresh={fresh || undefined}
      data-signal={signal.signalId}
      data-feed={signal.feed}
      data-seq={signal.seq}
      aria-labelledby={headId}
      aria-setsize={-1}
      tabIndex={tabIndex}
    >
      <Avatar signal={signal} />
      <div className={styles.body}>
        <Head signal={signal} headId={headId} level={headingLevel} measure={measure} />
        {reply !== null && <Reply reply={reply} />}
        <Post signal={signal} />
        {footer}
      </div>
    </article>
  );
}

function sameCard(a: SignalCardProps, b: SignalCardProps): boolean {
  const sameSignal =
    a.signal === b.signal ||
    (a.signal.signalId === b.signal.signalId &&
      a.signal.revision === b.signal.revision &&
      a.signal.state === b.signal.state &&
      linksText(a.signal) === linksText(b.signal)); // they are made anew with each feed key
  return (
    sameSignal &&
    a.fresh === b.fresh &&
    a.measure === b.measure &&
    a.footer === b.footer &&
    a.tabIndex === b.tabIndex &&
    a.reply?.state === b.reply?.state &&
    replyText(a.reply) === replyText(b.reply)
  );
}

function linksText({ attachments, embeds }: SignalView): string {
  const pictures = embeds.flatMap(({ image, thumbnail }) => [image?.url, thumbnail?.url]);
  return [...attachments.map(({ url }) => url), ...pictures].join(" ");
}

function replyText(reply: ReplyView | null | undefined): string {
  return reply?.state === "loaded" ? `${reply.name} ${reply.excerpt}` : (reply?.name ?? "");
}

const KIND_TONES: Record<SignalKind, Tone> = {
  entry: "good",
  update: "warn",
  close: "solid",
  other: "neutral",
};

/** The kind as a word in a pill; a plain post has none. */
export function KindBadge({ kind }: { kind: SignalKind }) {
  return kind === "other" ? null : <Badge tone={KIND_TONES[kind]}>{kindWord(kind)}</Badge>;
}

type HeadProps = { signal: SignalView; headId: string; level: 2 | 3; measure: ReactNode };

function Head({ signal, headId, level, measure }: HeadProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <header className={styles.head}>
      <Heading id={headId} className={styles.names}>
        <span className={styles.source}>{signal.source.name}</span>
        <KindBadge kind={signal.kind} />
      </Heading>
      <span className={styles.when}>
        <TimeAgo atMs={signal.postedAtMs} />
      </span>
      <p className={styles.facts}>
        {signal.author !== null && <span className={styles.author}>{signal.author.name}</span>}
        <span>{signalName(signal)}</span>
        <Edited signal={signal} />
        {measure !== undefined && <span>{measure}</span>}
      </p>
    </header>
  );
}

function Edited({ signal }: { signal: SignalView }) {
  if (signal.editedAtMs === null || signal.state === "deleted") return null;
  const after = durationText(signal.editedAtMs - signal.postedAtMs);
  return (
    <Tooltip text={`Edited ${exactTime(signal.editedAtMs)}`}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the exact time must be reachable by keyboard */}
      <span className={styles.edited} tabIndex={0}>
        Edited {after} later
      </span>
    </Tooltip>
  );
}

function Reply({ reply }: { reply: ReplyView }) {
  if (reply.state === "elsewhere") {
    return (
      <p className={styles.reply}>
        <CornerUpLeft aria-hidden size={14} />
        <span>Reply to {reply.name}, not loaded here</span>
      </p>
    );
  }
  return (
    <button type="button" className={styles.reply} onClick={reply.onJump}>
      <CornerUpLeft aria-hidden size={14} />
      <span className={styles.replyName}>{reply.name}</span>
      <span className={styles.excerpt} dir="auto">
        {reply.excerpt}
      </span>
    </button>
  );
}

function Post({ signal }: { signal: SignalView }) {
  if (signal.state === "deleted") {
    return (
      <p className={styles.deleted}>
        Deleted by the source{" "}
        {signal.deletedAtMs !== null && <TimeAgo atMs={signal.deletedAtMs} label="Deleted" />}
      </p>
    );
  }
  return (
    <>
      {signal.content !== "" && <MarkdownView text={signal.content} />}
      {signal.embeds.map((embed, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: embeds have no identity but their place
        <SignalEmbed key={index} embed={embed} />
      ))}
      <SignalMedia attachments={signal.attachments} />
    </>
  );
}

function Avatar({ signal }: { signal: SignalView }) {
  const [failed, setFailed] = useState(false);
  const name = signal.author?.name ?? signal.source.name;
  const url = signal.author?.avatarUrl;
  return (
    <span aria-hidden className={styles.avatar}>
      {[...name.trim()][0]?.toUpperCase() ?? "?"}
      {url !== undefined && !failed && (
        <img src={url} alt="" referrerPolicy="no-referrer" onError={() => setFailed(true)} />
      )}
    </span>
  );
}
