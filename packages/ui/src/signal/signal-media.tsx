/** A post's pictures and files. Every picture has its place before it is there. */
import { FileDown, ImageDown, ImageOff } from "lucide-react";
import { useState } from "react";
import { safeHref } from "../text/markdown-view.tsx";
import { sizeText } from "../text/number-text.ts";
import styles from "./signal-media.module.css";
import type { AttachmentView, MediumView } from "./signal-view.ts";

const UNKNOWN_RATIO = 16 / 9;
const TILE_RATIO = 4 / 3;
const MIN_RATIO = 0.6; // a taller picture is letterboxed rather than pushing the next signal away
const MAX_RATIO = 3;

/** Pictures in a grid, other files as download lines. */
export function SignalMedia({ attachments }: { attachments: readonly AttachmentView[] }) {
  const pictures = attachments.filter(isPicture);
  const files = attachments.filter((attachment) => !isPicture(attachment));
  return (
    <>
      {pictures.length > 0 && (
        <div className={styles.pictures} data-many={pictures.length > 1 || undefined}>
          {pictures.map((picture) => (
            <Picture
              key={picture.id}
              medium={picture}
              name={picture.name}
              {...(pictures.length > 1 ? { ratio: TILE_RATIO } : {})}
            />
          ))}
        </div>
      )}
      {files.map((file) => (
        <FileLine key={file.id} file={file} />
      ))}
    </>
  );
}

type PictureProps = { medium: MediumView; name: string; ratio?: number };

/** One picture in a box of its own ratio or the given one; opens in full in a tab of its own. */
export function Picture({ medium, name, ratio = ratioOf(medium) }: PictureProps) {
  const [failedUrl, setFailedUrl] = useState<string | null>(null);
  const [loadedUrl, setLoadedUrl] = useState<string | null>(null);
  const href = safeHref(medium.url);
  const box = { aspectRatio: String(ratio) };
  if (medium.state === "coming") {
    return (
      <span className={styles.missing} style={box}>
        <ImageDown aria-hidden size={18} />
        <span>Picture on its way: {name}</span>
      </span>
    );
  }
  // A link that ran out fails; the next one is another address, and may load.
  if (href === null || href === failedUrl) {
    return (
      <span className={styles.missing} style={box}>
        <ImageOff aria-hidden size={18} />
        <span>Picture not available: {name}</span>
      </span>
    );
  }
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" className={styles.picture} style={box}>
      <img
        // A fresh link to what is on the screen already is no reason to load it again.
        src={isSameFile(loadedUrl, href) ? loadedUrl : href}
        alt={name}
        width={medium.width}
        height={medium.height}
        loading="lazy"
        decoding="async"
        referrerPolicy="no-referrer"
        onLoad={({ currentTarget }) => setLoadedUrl(currentTarget.src)}
        onError={() => setFailedUrl(href)}
      />
    </a>
  );
}

function isSameFile(a: string | null, b: string): a is string {
  return a !== null && a.split("?")[0] === b.split("?")[0];
}

const FILE_NOTES = { ready: "", coming: " · on its way", missing: " · not available" } as const;

function FileLine({ file }: { file: AttachmentView }) {
  const href = file.state === "ready" ? safeHref(file.url) : null;
  const size = file.size === undefined ? "" : ` · ${sizeText(file.size)}`;
  return (
    <p className={styles.file}>
      <FileDown aria-hidden size={16} />
      {href === null ? (
        file.name
      ) : (
        <a href={href} target="_blank" rel="noopener noreferrer" download={file.name}>
          {file.name}
        </a>
      )}
      <span className={styles.size}>
        {size}
        {FILE_NOTES[file.state]}
      </span>
    </p>
  );
}

function isPicture({ contentType, name }: AttachmentView): boolean {
  if (contentType !== undefined && contentType !== "application/octet-stream")
    return contentType.startsWith("image/");
  return /\.(png|jpe?g|gif|webp|avif)$/i.test(name);
}

function ratioOf({ width, height }: MediumView): number {
  if (width === undefined || height === undefined || width <= 0 || height <= 0)
    return UNKNOWN_RATIO;
  return Math.min(MAX_RATIO, Math.max(MIN_RATIO, width / height));
}
