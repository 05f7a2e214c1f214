/**
 * Full-text search done the plain way: all documents in a list, every score computed from
 * the definition. What the engine finds has to be the same.
 */
import type { JSONValue } from "convex/values";

export interface ModelNote {
  readonly _id: string;
  readonly _creationTime: number;
  readonly body: JSONValue;
  readonly channel?: JSONValue;
}

const K1 = 1.2;
const B = 0.75;

/** Ids of the notes found, best first. An undefined channel is a filter too; null is none. */
export function modelSearch(
  notes: readonly ModelNote[],
  text: string,
  channel: { readonly equals: JSONValue | undefined } | null,
): string[] {
  const documents = notes.map((note) => ({ note, words: wordsOf(note.body) }));
  const average = sum(documents.map(({ words }) => words.length)) / documents.length;
  const query = wordsOf(text).slice(0, 16);
  const last = query.at(-1);
  if (last === undefined) return [];
  const exact = [...new Set(query)];
  const vocabulary = [...new Set(documents.flatMap(({ words }) => words))];
  const beginning = vocabulary.filter((word) => word.startsWith(last) && !exact.includes(word));
  const weights = [
    ...exact.map((word) => ({ word, boost: 1 })),
    ...beginning.sort().map((word) => ({ word, boost: 0.5 })),
  ].map(({ word, boost }) => {
    const holders = documents.filter(({ words }) => words.includes(word)).length;
    const rarity = Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
    return { word, weight: rarity * (1 + K1) * boost };
  });
  const scored = documents.flatMap(({ note, words }) => {
    if (channel !== null && note.channel !== channel.equals) return [];
    const parts = weights.map(({ word, weight }) => {
      const times = words.filter((one) => one === word).length;
      return (weight * times) / (times + K1 * (1 - B + (B * words.length) / average));
    });
    const score = Math.fround(sum(parts));
    return weights.some(({ word }) => words.includes(word)) ? [{ note, score }] : [];
  });
  return scored.sort(byRank).map(({ note }) => note._id);
}

function byRank(a: { note: ModelNote; score: number }, b: { note: ModelNote; score: number }) {
  if (a.score !== b.score) return b.score - a.score;
  if (a.note._creationTime !== b.note._creationTime)
    return b.note._creationTime - a.note._creationTime;
  return a.note._id < b.note._id ? 1 : -1;
}

function wordsOf(body: JSONValue): string[] {
  return typeof body === "string"
    ? body
        .toLowerCase()
        .split(/[^a-z]+/)
        .filter(Boolean)
    : [];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
