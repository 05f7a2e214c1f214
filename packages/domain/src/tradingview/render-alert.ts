/**
 * Renders an alert as the text of a post.
 *
 * What stands in a template was written by the operator and is kept; what comes out of
 * an alert was written by anybody who can type into its message, and is made harmless:
 * one line, no markdown, no mention.
 *
 * [TVR1] A value cannot format, link, ping or break out of the line it stands in, unless the template lets it.
 * [TVR2] A value that is absent shows as a dash; a section with one is left out.
 * [TVR3] An alert is never lost to its template: one that has none of the values asked for is shown whole.
 */
import { withoutMentions } from "../mention-firewall.ts";
import { INGEST_LIMITS } from "../source-event.ts";
import { shortenText } from "../text-splitting.ts";
import type { AlertTemplate, Filter, TemplatePiece, ValuePiece } from "./alert-template.ts";
import type { Alert } from "./read-alert.ts";

/** The text of a post. `missing` are placeholders that had no value. `usedTemplate` is false when it gave nothing. */
export interface RenderedAlert {
  readonly content: string;
  readonly missing: readonly string[];
  readonly usedTemplate: boolean;
}

const WHOLE_ALERT = "alert";
const DASH = "—";
const MARKDOWN = /[\\*_~`|<>[\]()#]/g;
// Control characters, and those that reorder or hide text.
const INVISIBLE = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/** Renders an alert; without a template, its own message or all of it. Never empty. */
export function renderAlert(alert: Alert, template: AlertTemplate | null): RenderedAlert {
  const rendering = new Rendering(alert);
  const text = tidied(rendering.text(template ?? WITHOUT_TEMPLATE));
  if (text !== "" && !rendering.isEmpty) {
    return { content: cut(text), missing: rendering.missing, usedTemplate: template !== null };
  }
  const whole = tidied(wholeAlert(alert));
  const content = cut(whole === "" ? "Alert without values" : whole);
  return { content, missing: rendering.missing, usedTemplate: false };
}

/** What people put the message into when they send JSON; else everything. */
const WITHOUT_TEMPLATE: AlertTemplate = [
  {
    kind: "value",
    names: ["message", "text", "content", "strategy.order.alert_message", WHOLE_ALERT],
    otherwise: null,
    filters: ["lines", "raw"],
  },
];

class Rendering {
  readonly missing: string[] = [];
  readonly #alert: Alert;
  #asked = 0;
  #values = 0;

  constructor(alert: Alert) {
    this.#alert = alert;
  }

  /** Whether the template asks for values and the alert has none of them: it was made for another alert. */
  get isEmpty(): boolean {
    return this.#asked > 0 && this.#values === 0;
  }

  text(pieces: AlertTemplate): string {
    return pieces.map((piece) => this.#piece(piece)).join("");
  }

  #piece(piece: TemplatePiece): string {
    switch (piece.kind) {
      case "text":
        return piece.text;
      case "value":
        return this.#shownValue(piece);
      case "section":
        this.#asked += 1;
        return this.#isWhole(piece.pieces) ? this.text(piece.pieces) : "";
      default:
        return piece satisfies never;
    }
  }

  #isWhole(pieces: AlertTemplate): boolean {
    return pieces.every(
      (piece) => piece.kind !== "value" || (piece.otherwise ?? this.#value(piece)) !== null,
    );
  }

  #shownValue(piece: ValuePiece): string {
    const value = this.#value(piece);
    this.#asked += 1;
    if (value !== null) this.#values += 1;
    if (value === null && piece.otherwise === null) this.missing.push(piece.names.join("|"));
    return value ?? piece.otherwise ?? DASH;
  }

  /** The first value that is there, or null. */
  #value({ names, filters }: ValuePiece): string | null {
    for (const name of names) {
      const value = this.#alert.fields.get(name);
      if (value !== undefined) return filtered(value, filters);
      if (name === WHOLE_ALERT) return wholeAlert(this.#alert);
    }
    return null;
  }
}

function filtered(value: string, filters: readonly Filter[]): string {
  let text = filters.includes("lines") ? lines(value) : oneLine(value);
  for (const filter of filters) {
    if (filter === "upper") text = text.toUpperCase();
    else if (filter === "lower") text = text.toLowerCase();
    else if (filter === "number") text = grouped(text);
  }
  return harmless(text, filters.includes("raw"));
}

/** A value that keeps its markdown still pings nobody and opens no code block. */
function harmless(text: string, keepsMarkdown: boolean): string {
  const plain = withoutMentions(text);
  return keepsMarkdown ? plain.replaceAll("```", "") : plain.replace(MARKDOWN, "\\$&");
}

function wholeAlert({ text, fields }: Alert): string {
  if (text !== null) return withoutMentions(lines(text));
  return [...fields]
    .map(([name, value]) => `${harmless(name, false)}: ${harmless(oneLine(value), false)}`)
    .join("\n");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").replace(INVISIBLE, "").trim();
}

function lines(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map((line) => line.replace(/\t/g, " ").replace(INVISIBLE, ""))
    .join("\n")
    .trim();
}

/** 1234567.5 as 1,234,567.5; what is no plain number stays as it is. */
function grouped(text: string): string {
  const [, sign = "", whole = "", rest = ""] = /^(-?)(\d+)(\.\d+)?$/.exec(text) ?? [];
  if (whole === "") return text;
  return `${sign}${whole.replace(/\B(?=(\d{3})+$)/g, ",")}${rest}`;
}

/** Without the holes that left out sections leave. */
function tidied(text: string): string {
  return text
    .replace(/[^\S\n]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
}

function cut(text: string): string {
  return shortenText(text, INGEST_LIMITS.contentLength);
}
