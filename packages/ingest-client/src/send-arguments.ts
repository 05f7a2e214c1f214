/** What `heliograph-send` is told by its arguments and environment. Pure. */
import { parseArgs } from "node:util";
import type { PostEvent } from "./events.ts";

/** Where to send, how to keep, how long to try. */
export interface SendSettings {
  readonly siteUrl: string;
  readonly token: string;
  readonly outboxPath: string;
  readonly waitMs: number;
}

/** What standard input is: the text of one message, or events as they are, one a line. */
export type SendInput =
  | { readonly form: "text"; readonly message: MessageArguments }
  | { readonly form: "events" };

export interface MessageArguments {
  readonly type: "create" | "update" | "delete";
  readonly channelId: string;
  readonly messageId: string | null;
  readonly replyTo?: string;
  readonly kind?: NonNullable<PostEvent["kind"]>;
  readonly author?: { id: string; name: string };
}

/** The arguments cannot be meant; the message says what to write instead. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

type Environment = Readonly<Record<string, string | undefined>>;

const KINDS = ["entry", "update", "close"] as const;
const DEFAULT_WAIT_S = "10";

const OPTIONS = {
  site: { type: "string" },
  channel: { type: "string" },
  outbox: { type: "string" },
  wait: { type: "string", default: DEFAULT_WAIT_S },
  message: { type: "string" },
  "reply-to": { type: "string" },
  kind: { type: "string" },
  author: { type: "string" },
  update: { type: "boolean", default: false },
  delete: { type: "boolean", default: false },
  events: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export const USAGE = `Usage: echo "BTC long 61.2k, stop 60k" | heliograph-send --channel ID

  --channel ID      the source's channel (HELIOGRAPH_CHANNEL)
  --site URL        the deployment's site address (HELIOGRAPH_SITE_URL)
  --message ID      the id of the message; made up if left out
  --update          the text is an edit of --message
  --delete          --message was deleted; standard input is not read
  --reply-to ID     the message it answers
  --kind KIND       entry, update or close; read from the text if left out
  --author NAME     who wrote it
  --events          standard input holds events as in docs/ingest.md, one JSON object a line
  --outbox PATH     where posts wait (HELIOGRAPH_OUTBOX; ~/.heliograph/outbox.ndjson)
  --wait SECONDS    how long to try before leaving them there, default ${DEFAULT_WAIT_S}

The source's token is read from HELIOGRAPH_SOURCE_TOKEN. What could not be sent waits in the
outbox and goes out first the next time.

Exit status: 0 stored, 1 rejected, 2 wrong usage, 75 kept for the next time, 77 refused.
`;

/** Reads the arguments; null when help is asked for. Throws UsageError. */
export function readArguments(
  args: readonly string[],
  env: Environment,
): { settings: SendSettings; input: SendInput } | null {
  const values = parse(args);
  if (values.help) return null;
  const settings = {
    siteUrl: url(required(values.site ?? env.HELIOGRAPH_SITE_URL, "--site")),
    token: required(env.HELIOGRAPH_SOURCE_TOKEN, "HELIOGRAPH_SOURCE_TOKEN"),
    outboxPath: values.outbox ?? env.HELIOGRAPH_OUTBOX ?? defaultOutbox(env),
    waitMs: seconds(values.wait) * 1_000,
  };
  if (values.events) return { settings, input: { form: "events" } };
  return { settings, input: { form: "text", message: readMessage(values, env) } };
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readMessage(values: Values, env: Environment): MessageArguments {
  if (values.update && values.delete) throw new UsageError("Give --update or --delete, not both.");
  const type = values.update ? "update" : values.delete ? "delete" : "create";
  const messageId = values.message ?? null;
  if (type !== "create" && messageId === null) {
    throw new UsageError(`--${type} needs --message: which message is it?`);
  }
  const kind = KINDS.find((known) => known === values.kind);
  if (values.kind !== undefined && kind === undefined) {
    throw new UsageError(`--kind is "${values.kind}": give ${KINDS.join(", ")}.`);
  }
  const replyTo = values["reply-to"];
  const { author } = values;
  return {
    type,
    channelId: required(values.channel ?? env.HELIOGRAPH_CHANNEL, "--channel"),
    messageId,
    ...(replyTo !== undefined && { replyTo }),
    ...(kind !== undefined && { kind }),
    ...(author !== undefined && { author: { id: "cli", name: author } }),
  };
}

function required(value: string | undefined, name: string): string {
  if (value !== undefined && value.trim() !== "") return value.trim();
  throw new UsageError(`${name} is missing.`);
}

function url(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new UsageError(`--site is "${text}": give an http(s) address.`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 86_400) return value;
  throw new UsageError(`--wait is "${text}": give seconds.`);
}

function defaultOutbox({ HOME, USERPROFILE }: Environment): string {
  const home = required(HOME ?? USERPROFILE, "--outbox");
  return `${home}/.heliograph/outbox.ndjson`;
}
