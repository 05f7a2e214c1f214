/**
 * Guesses what a post means from its text, for sources that do not say. Used to
 * let closes and stop moves overtake under a rate limit, so a wrong "close"
 * costs more than a missed one: what is unclear is `other`, a new post.
 *
 * Order of the questions: a call with levels is an entry, whatever it says about
 * its targets; talk is taken out; then partial, whole and other news of a trade.
 *
 * [KIND1] Of the posts it calls close or update, at least nine in ten are (kind-corpus.ts).
 * [KIND2] Text without a word about a trade is `other`.
 */
import {
  CLOSED,
  DIRECTION,
  ENTRY_LEVEL,
  ORDER_NOW,
  PARTLY,
  REST_CLOSED,
  STOP_LEVEL,
  TALK,
  TARGET_LEVEL,
  UPDATED,
} from "./kind-phrases.ts";
import type { SignalKind } from "./source-event.ts";

/** A target named beside a tick or a gain: "TP2 ✅ +34%". */
const TARGET_DONE =
  /(?<!\p{L})(?:tps?|targets?|тп|тейк|цель|hedef|objetivo|الهدف|هدف)\s?\d?[^\p{L}]{0,6}(?:[✅✔☑💰]|\+\s?\d)/u;

/** The kind a reader would give the post; `other` if unsure. Same text, same answer. */
export function classifyKind(text: string): SignalKind {
  const plain = plainText(text);
  const news = plain.replace(TALK_EVERYWHERE, " ");
  if (isCall(plain, news)) return "entry";
  if (QUESTION.test(news)) return "other";
  const isPartly = PARTLY.test(news.replace(REST_CLOSED, " "));
  if (CLOSED.test(news)) return isPartly ? "update" : "close";
  if (ORDER_NOW.test(news)) return "entry";
  return isPartly || isNews(news) ? "update" : "other";
}

const TALK_EVERYWHERE = new RegExp(TALK.source, "gu");
const QUESTION = /[?؟]\s*$/u;

function isCall(plain: string, news: string): boolean {
  if (TARGET_DONE.test(plain) || beginsWithTheEnd(news)) return false;
  const [hasStop, hasTarget] = [STOP_LEVEL.test(plain), TARGET_LEVEL.test(plain)];
  if (ENTRY_LEVEL.test(plain) && (hasStop || hasTarget)) return true;
  const isOver = CLOSED.test(news) || UPDATED.test(news);
  return DIRECTION.test(plain) && hasStop && hasTarget && !isOver;
}

/** "Closing the long at 68,450, TP3 was 69,200" has levels and is no call. */
function beginsWithTheEnd(news: string): boolean {
  return CLOSED.exec(news.replace(/^[^\p{L}\p{N}]+/u, ""))?.index === 0;
}

function isNews(news: string): boolean {
  return UPDATED.test(news) || TARGET_DONE.test(news);
}

/** Lower case, one form per letter, without links, mentions and marks that only dress the text. */
function plainText(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/\u0307/g, "") // what is left of a Turkish dotted capital I
    .replace(/https?:\/\/\S+|<[@#:a][^>]{0,80}>/g, " ")
    .replace(/\p{Mn}|[\u0640\u200b-\u200f*_`~|]/gu, "") // Arabic vowel signs, joiners, markdown
    .replace(/[’‘]/g, "'")
    .replace(/ё/g, "е");
}
