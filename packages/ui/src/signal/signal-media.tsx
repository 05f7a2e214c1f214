/** A post's pictures and files. Every picture has its place before it is loaded. */
import { FileDown, ImageOff } from "lucide-react";
import { useState } from "react";
import { safeHref } from "../text/markdown-view.tsx";
import { sizeText } from "../text/number-text.ts";
import styles from "./signal-media.module.css";
import type { AttachmentView } from "./signal-view.ts";

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
              url={picture.url}
              name={picture.name}
              ratio={pictures.length > 1 ? TILE_RATIO : ratioOf(picture)}
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

/** One picture in a box of the given ratio; unknown ratios get 16:9. */
export function Picture({ url, name, ratio }: { url: string; name: string; ratio?: number }) {
  const [failed, setFailed] = useState(false);
  const href = safeHref(url);
  const box = { aspectRatio: String(ratio ?? UNKNOWN_RATIO) };
  if (href === null || failed) {
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
        src={href}
        alt={name}
        loading="lazy"
        decoding="async"
        referrerPolicy="no-referrer"
        onError={() => setFailed(true)}
      />
    </a>
  );
}

function FileLine({ file }: { file: AttachmentView }) {
  const href = safeHref(file.url);
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
      <span className={styles.size}>{size}</span>
    </p>
  );
}

function isPicture({ contentType, name }: AttachmentView): boolean {
  return contentType?.startsWith("image/") ?? /\.(png|jpe?g|gif|webp|avif)$/i.test(name);
}

function ratioOf({ width, height }: AttachmentView): number {
  if (width === undefined || height === undefined || width <= 0 || height <= 0)
    return UNKNOWN_RATIO;
  return Math.min(MAX_RATIO, Math.max(MIN_RATIO, width / height));
}
