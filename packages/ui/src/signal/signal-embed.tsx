/** A card that a source attached to its post, as Discord shows it, on our own terms. */
import { MarkdownView, OutsideLink, safeHref } from "../text/markdown-view.tsx";
import { TimeAgo } from "../time/time-ago.tsx";
import styles from "./signal-embed.module.css";
import { Picture } from "./signal-media.tsx";
import type { EmbedView } from "./signal-view.ts";

/** The bar's colour is the source's own: data, not part of the theme. */
export function SignalEmbed({ embed }: { embed: EmbedView }) {
  const bar = embed.color === undefined ? undefined : hex(embed.color);
  return (
    <div
      className={styles.embed}
      style={bar === undefined ? undefined : { borderInlineStartColor: bar }}
    >
      {embed.author !== undefined && (
        <Linked text={embed.author.name} url={embed.author.url} className={styles.author} />
      )}
      {embed.title !== undefined && (
        <Linked text={embed.title} url={embed.url} className={styles.title} />
      )}
      {embed.description !== undefined && <MarkdownView text={embed.description} />}
      <Fields fields={embed.fields ?? []} />
      <EmbedPicture embed={embed} />
      {(embed.footer !== undefined || embed.timestampMs !== undefined) && (
        <p className={styles.footer}>
          {embed.footer}
          {embed.footer !== undefined && embed.timestampMs !== undefined && " · "}
          {embed.timestampMs !== undefined && <TimeAgo atMs={embed.timestampMs} />}
        </p>
      )}
    </div>
  );
}

function Fields({ fields }: { fields: NonNullable<EmbedView["fields"]> }) {
  if (fields.length === 0) return null;
  return (
    <dl className={styles.fields}>
      {fields.map((field, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: fields have no identity but their place
        <div key={index} data-wide={field.inline === true ? undefined : true}>
          <dt className={styles.fieldName}>{field.name}</dt>
          <dd>
            <MarkdownView text={field.value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function EmbedPicture({ embed }: { embed: EmbedView }) {
  const medium = embed.image ?? embed.thumbnail;
  if (medium === undefined) return null;
  const small = embed.image === undefined;
  return (
    <div className={small ? styles.thumbnail : styles.image}>
      <Picture
        medium={medium}
        name={embed.title ?? "Embedded picture"}
        {...(small ? { ratio: 1 } : {})}
      />
    </div>
  );
}

function Linked(props: { text: string; url: string | undefined; className: string | undefined }) {
  const href = safeHref(props.url);
  return (
    <p dir="auto" className={props.className}>
      {href === null ? props.text : <OutsideLink href={href}>{props.text}</OutsideLink>}
    </p>
  );
}

function hex(color: number): string {
  return `#${(color & 0xffffff).toString(16).padStart(6, "0")}`;
}
