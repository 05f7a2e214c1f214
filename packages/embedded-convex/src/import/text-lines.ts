/** Uploaded bytes as text, strictly: what is not UTF-8 is refused, and so is too much of it. */
import { ImportMistake } from "./parsed-import.ts";

/** One import is one transaction: this much text the engine holds in memory at a time. */
export const MAX_TEXT_BYTES = 64 * 1024 * 1024;

export interface Line {
  readonly number: number;
  readonly text: string;
}

/** Counts the text of one import. Throws ImportMistake when it is too much. */
export class TextBudget {
  #left = MAX_TEXT_BYTES;

  take(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    throw new ImportMistake(
      `The file holds more than ${MAX_TEXT_BYTES >> 20} MiB of documents, which is what one import can take: import it in parts, with --append.`,
    );
  }
}

/** Lines that are not blank. */
export async function* linesOf(
  bytes: AsyncIterable<Uint8Array>,
  budget: TextBudget,
): AsyncGenerator<Line> {
  let number = 0;
  let rest: Buffer[] = [];
  for await (const chunk of bytes) {
    budget.take(chunk.length);
    let begin = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, begin)) {
      number++;
      const text = decode(Buffer.concat([...rest, chunk.subarray(begin, end)]), number);
      rest = [];
      begin = end + 1;
      if (text.trim() !== "") yield { number, text };
    }
    rest.push(Buffer.from(chunk.subarray(begin)));
  }
  const text = decode(Buffer.concat(rest), number + 1);
  if (text.trim() !== "") yield { number: number + 1, text };
}

export async function textOf(
  bytes: AsyncIterable<Uint8Array>,
  budget: TextBudget,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) {
    budget.take(chunk.length);
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks), 1);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, line: number): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ImportMistake(`line ${line} is not UTF-8`);
  }
  if (line === 1 && text.startsWith("\ufeff")) {
    throw new ImportMistake("line 1 begins with a byte order mark: save it as plain UTF-8");
  }
  return text;
}
