/**
 * The little language in which an operator says how an alert becomes a post.
 *
 *   **{{action:upper}} {{ticker}}**[[ at {{price|close:number}}]]
 *   {{comment|"no comment"}}
 *
 *   {{name}}            the value of that name, made harmless
 *   {{a|b|"words"}}     the first of them that is there
 *   {{name:filter}}     upper, lower, number (1234.5 as 1,234.5), lines (keeps line breaks), raw (keeps markdown)
 *   {{alert}}           the whole alert: its text, or one line for each value
 *   [[ ... ]]           left out when a value in it is absent
 *
 * Owns the reading. Rendering is in render-alert.ts.
 *
 * [TVT1] A template that is wrong is refused with a stable code, the place and the cure.
 */

export const FILTERS = ["upper", "lower", "number", "lines", "raw"] as const;
export type Filter = (typeof FILTERS)[number];

/** A piece of a template. `otherwise` stands for names that are all absent. */
export type TemplatePiece =
  | { readonly kind: "text"; readonly text: string }
  | ValuePiece
  | { readonly kind: "section"; readonly pieces: readonly TemplatePiece[] };

export interface ValuePiece {
  readonly kind: "value";
  readonly names: readonly string[];
  readonly otherwise: string | null;
  readonly filters: readonly Filter[];
}

/** A template that was read. */
export type AlertTemplate = readonly TemplatePiece[];

export type TemplateFaultCode =
  | "empty_template"
  | "template_too_long"
  | "unclosed_placeholder"
  | "unclosed_section"
  | "stray_close"
  | "nested_section"
  | "empty_section"
  | "bad_placeholder"
  | "unknown_filter";

/** What is wrong with a template, and where, both counted from 1. */
export interface TemplateFault {
  readonly code: TemplateFaultCode;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

export type ReadTemplate =
  | { readonly ok: true; readonly template: AlertTemplate }
  | { readonly ok: false; readonly fault: TemplateFault };

export const MOST_TEMPLATE_LENGTH = 4_000;

const MARK = /\{\{|\}\}|\[\[|\]\]/g;
const NAME = /^[a-z0-9_][a-z0-9_ .-]*$/;
const WORDS = /^"([^"{}]*)"$/;

/** Reads a template. Never throws. */
export function readTemplate(source: string): ReadTemplate {
  try {
    return { ok: true, template: new Reader(source).read() };
  } catch (error) {
    if (error instanceof Fault) return { ok: false, fault: error.fault };
    throw error;
  }
}

class Fault extends Error {
  readonly fault: TemplateFault;

  constructor(code: TemplateFaultCode, message: string, source: string, at: number) {
    super(message);
    const before = source.slice(0, at).split("\n");
    this.fault = { code, message, line: before.length, column: (before.at(-1) ?? "").length + 1 };
  }
}

class Reader {
  readonly #source: string;
  readonly #pieces: TemplatePiece[] = [];
  #section: { pieces: TemplatePiece[]; at: number } | null = null;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): AlertTemplate {
    const source = this.#source;
    if (source.trim() === "") throw this.#fault("empty_template", "Write a template.", 0);
    if (source.length > MOST_TEMPLATE_LENGTH) {
      const message = `Shorten the template: it has ${source.length} characters, ${MOST_TEMPLATE_LENGTH} are possible.`;
      throw this.#fault("template_too_long", message, MOST_TEMPLATE_LENGTH);
    }
    for (let mark = this.#nextMark(); mark !== null; mark = this.#nextMark()) this.#readMark(mark);
    if (this.#section !== null) {
      throw this.#fault("unclosed_section", "Close this [[ with ]].", this.#section.at);
    }
    return this.#pieces;
  }

  /** The text up to the next mark is kept; null when there is none. */
  #nextMark(): { text: string; at: number } | null {
    MARK.lastIndex = this.#at;
    const found = MARK.exec(this.#source);
    const text = this.#source.slice(this.#at, found?.index);
    if (text !== "") this.#add({ kind: "text", text });
    if (found === null) return null;
    this.#at = found.index + found[0].length;
    return { text: found[0], at: found.index };
  }

  #readMark({ text, at }: { text: string; at: number }): void {
    if (text === "{{") this.#add(this.#readPlaceholder(at));
    else if (text === "[[") this.#openSection(at);
    else if (text === "]]") this.#closeSection(at);
    else throw this.#fault("stray_close", "This }} closes nothing: open it with {{.", at);
  }

  #openSection(at: number): void {
    if (this.#section !== null) {
      throw this.#fault("nested_section", "Close the [[ before this one first.", at);
    }
    this.#section = { pieces: [], at };
  }

  #closeSection(at: number): void {
    const section = this.#section;
    if (section === null) {
      throw this.#fault("stray_close", "This ]] closes nothing: open it with [[.", at);
    }
    if (!section.pieces.some(({ kind }) => kind === "value")) {
      const message = "Put a placeholder between [[ and ]]: nothing decides whether it is shown.";
      throw this.#fault("empty_section", message, section.at);
    }
    this.#section = null;
    this.#add({ kind: "section", pieces: section.pieces });
  }

  #readPlaceholder(at: number): ValuePiece {
    const end = this.#source.indexOf("}}", this.#at);
    const inner = this.#source.slice(this.#at, end);
    if (end < 0 || /\{\{|\n/.test(inner)) {
      throw this.#fault("unclosed_placeholder", "Close this {{ with }} on the same line.", at);
    }
    this.#at = end + 2;
    return this.#readValue(inner, at);
  }

  #readValue(inner: string, at: number): ValuePiece {
    const [choice = "", ...filters] = splitOutsideWords(inner, ":").map((part) => part.trim());
    const names: string[] = [];
    let otherwise: string | null = null;
    for (const part of splitOutsideWords(choice, "|").map((text) => text.trim())) {
      const words = WORDS.exec(part)?.[1];
      const name = part.toLowerCase();
      if (otherwise !== null || (words === undefined && !NAME.test(name))) {
        const message = `{{${inner}}} is no placeholder: write {{name}} or {{name|"words"}}.`;
        throw this.#fault("bad_placeholder", message, at);
      }
      if (words === undefined) names.push(name);
      else otherwise = words;
    }
    return { kind: "value", names, otherwise, filters: this.#readFilters(filters, at) };
  }

  #readFilters(names: readonly string[], at: number): Filter[] {
    return names.map((name) => {
      const filter = FILTERS.find((known) => known === name);
      if (filter !== undefined) return filter;
      const message = `There is no filter "${name}": known are ${FILTERS.join(", ")}.`;
      throw this.#fault("unknown_filter", message, at);
    });
  }

  #add(piece: TemplatePiece): void {
    (this.#section?.pieces ?? this.#pieces).push(piece);
  }

  #fault(code: TemplateFaultCode, message: string, at: number): Fault {
    return new Fault(code, message, this.#source, at);
  }
}

/** The parts between separators that stand in no "words". */
function splitOutsideWords(text: string, separator: string): string[] {
  const parts: string[] = [""];
  let inWords = false;
  for (const character of text) {
    if (character === '"') inWords = !inWords;
    if (character === separator && !inWords) parts.push("");
    else parts[parts.length - 1] += character;
  }
  return parts;
}
