/** Draws parsed markdown as React elements. Text never becomes HTML. */
import { Fragment, type ReactNode, useMemo, useState } from "react";
import { TimeAgo } from "../time/time-ago.tsx";
import { type Block, type Inline, parseMarkdown } from "./markdown.ts";
import styles from "./markdown-view.module.css";

/** A post's text. `dir="auto"` per block, so Arabic and English stand right beside each other. */
export function MarkdownView({ text }: { text: string }) {
  const blocks = useMemo(() => parseMarkdown(text), [text]);
  return <div className={styles.text}>{keyed(blocks, drawBlock)}</div>;
}

/** A link to somewhere else: new tab, no opener, no referrer. */
export function OutsideLink({ href, children }: { href: string; children: ReactNode }) {
  return (
    <a href={href} title={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** Only http(s) addresses are followed; anything else from outside shows as plain text. */
export function safeHref(url: string | undefined): string | null {
  if (url === undefined || !URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  return protocol === "https:" || protocol === "http:" ? href : null;
}

function keyed<T>(nodes: readonly T[], draw: (node: T) => ReactNode): ReactNode {
  // The tree is rebuilt whole from the text: a position is the only identity its nodes have.
  // biome-ignore lint/suspicious/noArrayIndexKey: see above
  return nodes.map((node, index) => <Fragment key={index}>{draw(node)}</Fragment>);
}

function drawBlock(block: Block): ReactNode {
  switch (block.type) {
    case "paragraph":
      return <p dir="auto">{keyed(block.children, drawInline)}</p>;
    case "heading":
      // Not <h3>: a post's own headings must not enter the page's outline.
      return (
        <p dir="auto" className={styles.heading}>
          {keyed(block.children, drawInline)}
        </p>
      );
    case "note":
      return (
        <p dir="auto" className={styles.note}>
          {keyed(block.children, drawInline)}
        </p>
      );
    case "quote":
      return (
        <blockquote dir="auto" className={styles.quote}>
          {keyed(block.children, drawInline)}
        </blockquote>
      );
    case "list":
      return (
        <ul className={styles.list}>
          {keyed(block.items, (item) => (
            <li dir="auto">{keyed(item, drawInline)}</li>
          ))}
        </ul>
      );
    case "codeBlock":
      return (
        <pre className={styles.codeBlock}>
          <code>{block.text}</code>
        </pre>
      );
    default:
      return block satisfies never;
  }
}

function drawInline(node: Inline): ReactNode {
  switch (node.type) {
    case "text":
      return node.text;
    case "strong":
      return <strong>{keyed(node.children, drawInline)}</strong>;
    case "emphasis":
      return <em>{keyed(node.children, drawInline)}</em>;
    case "underline":
      return <u>{keyed(node.children, drawInline)}</u>;
    case "strike":
      return <s>{keyed(node.children, drawInline)}</s>;
    case "spoiler":
      return <Spoiler>{keyed(node.children, drawInline)}</Spoiler>;
    case "code":
      return <code className={styles.code}>{node.text}</code>;
    case "link":
      return <OutsideLink href={node.href}>{keyed(node.children, drawInline)}</OutsideLink>;
    case "mention":
      return <span className={styles.mention}>{node.text}</span>;
    case "timestamp":
      return <TimeAgo atMs={node.atMs} />;
    case "break":
      return <br />;
    default:
      return node satisfies never;
  }
}

function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false);
  if (shown) return <span className={styles.revealed}>{children}</span>;
  return (
    <button
      type="button"
      aria-label="Show spoiler"
      className={styles.spoiler}
      onClick={() => setShown(true)}
    >
      <span aria-hidden inert>
        {children}
      </span>
    </button>
  );
}
