/** Reads what disk.c wrote down. */
const HEAD_BYTES = 24;

/** What happened to the watched files, in order. Paths are below the root, "" is the root. */
export type DiskEvent =
  | {
      readonly kind: "open";
      readonly handle: number;
      readonly path: string;
      readonly truncates: boolean;
    }
  | {
      readonly kind: "write";
      readonly handle: number;
      readonly offset: number;
      readonly bytes: Buffer;
    }
  | { readonly kind: "truncate"; readonly handle: number; readonly length: number }
  | { readonly kind: "sync" | "failedSync"; readonly handle: number }
  | { readonly kind: "mkdir" | "rmdir" | "unlink"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  /** A name is about to change; the next event says how, unless the process died or it failed. */
  | { readonly kind: "naming" };

/** The whole events of a log; the last record of a killed process may have been cut off. */
export function readLog(log: Buffer): DiskEvent[] {
  const events: DiskEvent[] = [];
  for (let at = 0; at + HEAD_BYTES <= log.length; ) {
    const head = {
      kind: String.fromCharCode(log.readUInt32LE(at)),
      handle: log.readUInt32LE(at + 4),
      offset: Number(log.readBigUInt64LE(at + 8)),
    };
    const end = at + HEAD_BYTES + log.readUInt32LE(at + 16);
    if (end > log.length) break;
    events.push(eventOf(head, log.subarray(at + HEAD_BYTES, end)));
    at = end;
  }
  return events;
}

interface Head {
  readonly kind: string;
  readonly handle: number;
  readonly offset: number;
}

function eventOf({ kind, handle, offset }: Head, bytes: Buffer): DiskEvent {
  const text = () => bytes.toString("utf8");
  switch (kind) {
    case "o":
      return { kind: "open", handle, path: text(), truncates: offset === 1 };
    case "w":
      return { kind: "write", handle, offset, bytes };
    case "t":
      return { kind: "truncate", handle, length: offset };
    case "s":
      return { kind: "sync", handle };
    case "f":
      return { kind: "failedSync", handle };
    case "n":
      return { kind: "naming" };
    case "m":
      return { kind: "mkdir", path: text() };
    case "x":
      return { kind: "rmdir", path: text() };
    case "u":
      return { kind: "unlink", path: text() };
    case "r": {
      const [from = "", to = ""] = text().split("\n");
      return { kind: "rename", from, to };
    }
    default:
      throw new Error(`The log of the disk has a record of an unknown kind: "${kind}".`);
  }
}
