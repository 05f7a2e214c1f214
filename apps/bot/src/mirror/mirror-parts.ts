/**
 * What the messages of one mirror look like, and how to recognise them in a
 * channel. Pure.
 *
 * The card under a mirrored post names its feed and number ("Mara · calls · Pro
 * #123"): customers see a gap at a glance, and a worker that takes over after a
 * crash recognises what has been posted already. Number and feed are unique, so
 * in one target no two signals share a card.
 */
import { type EventAttachment, type MirrorPart, renderMirror } from "@heliograph/domain";
import type { MirrorWork } from "../backend.ts";

/** Body of one message, ready for Discord's REST API. */
export type MessageBody = Omit<MirrorPart, "files">;

/** A message that stands in a channel, as far as recognising needs it. */
export interface PostedMessage {
  readonly id: string;
  readonly authorId: string;
  readonly content: string;
  /** Author line of each embed; the card's is the mirror's reference. */
  readonly embedAuthors: readonly string[];
}

const MOST_EMBEDS = 10; // Discord's limit
const FEED_LABELS = { basic: "Basic", advanced: "Advanced", pro: "Pro" } as const;

/** The messages of a mirror that is wanted, in order. Throws when it is to be deleted. */
export function mirrorBodies(work: MirrorWork, purpose: "create" | "edit"): MessageBody[] {
  if (work.message === null) throw new Error(`mirror ${work.mirrorId} is to be deleted, not shown`);
  const message = { ...work.message, sourceName: `${work.message.sourceName} · ${place(work)}` };
  return renderMirror(message, purpose).map(({ files, ...body }) => ({
    ...body,
    embeds: [...body.embeds, ...fileEmbeds(files)].slice(0, MOST_EMBEDS),
  }));
}

/** Ids of the messages already posted for this mirror, in order; undefined where one is missing. */
export function recognise(
  work: MirrorWork,
  posted: readonly PostedMessage[],
  botUserId: string,
): (string | undefined)[] {
  const own = posted.filter(({ authorId }) => authorId === botUserId);
  const card = own.findLast(({ embedAuthors }) =>
    embedAuthors.some((name) => isCardOf(work, name)),
  );
  if (work.message === null) return card === undefined ? [] : [card.id];
  const bodies = mirrorBodies(work, "edit"); // the same text as on create
  const taken = new Set<string>();
  return bodies.map(({ content }, index) => {
    const isLast = index === bodies.length - 1;
    const found =
      isLast && card !== undefined ? card : findByText(own, content, taken, bodies.length);
    if (found !== undefined) taken.add(found.id);
    return found?.id;
  });
}

/** Only the leading parts of a long post carry no card; short texts repeat too often to be recognised by. */
function findByText(
  own: readonly PostedMessage[],
  content: string,
  taken: ReadonlySet<string>,
  parts: number,
): PostedMessage | undefined {
  if (parts === 1) return undefined;
  return own.findLast((message) => message.content === content && !taken.has(message.id));
}

function isCardOf(work: MirrorWork, embedAuthor: string): boolean {
  return embedAuthor === place(work) || embedAuthor.endsWith(` · ${place(work)}`);
}

function place({ feed, seq }: Pick<MirrorWork, "feed" | "seq">): string {
  return `${FEED_LABELS[feed]} #${seq}`;
}

/** Images are shown; other files are named, their bytes stay at the source. */
function fileEmbeds(files: readonly EventAttachment[]): MessageBody["embeds"] {
  const images = files.filter(({ contentType }) => contentType?.startsWith("image/") === true);
  const others = files.filter((file) => !images.includes(file));
  const shown = images.map(({ url }) => ({ image: { url } }));
  if (others.length === 0) return shown;
  return [
    ...shown,
    { description: `Attached: ${others.map(({ name }) => name).join(", ")}`.slice(0, 1_024) },
  ];
}
