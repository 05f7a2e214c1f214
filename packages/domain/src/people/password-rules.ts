/**
 * Which passwords are refused: short ones, overlong ones, and those that everybody tries first.
 * No rule about kinds of characters: length is what counts. Pages ask the same function while somebody types.
 *
 * [PWD1] The same rule decides in the page and in the backend.
 */
import { COMMON_WORDS } from "./common-passwords.ts";

/** Why a password is refused. */
export type PasswordFault = "short" | "long" | "common" | "likeEmail";

export const LEAST_PASSWORD_LENGTH = 10;
export const MOST_PASSWORD_LENGTH = 200; // a slow hash of more would only help who wants to keep us busy

const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
  "!": "i",
};

/** What is wrong with a password for this e-mail, or null. */
export function findPasswordFault(password: string, email: string): PasswordFault | null {
  if (password.length < LEAST_PASSWORD_LENGTH) return "short";
  if (password.length > MOST_PASSWORD_LENGTH) return "long";
  const plain = password.toLowerCase();
  const [name = ""] = email.trim().toLowerCase().split("@");
  if (name.length >= 4 && withoutEnds(plain) === withoutEnds(name)) return "likeEmail";
  if (plain === email.trim().toLowerCase()) return "likeEmail";
  return isCommon(plain) ? "common" : null;
}

function isCommon(plain: string): boolean {
  if (new Set(plain).size < 4 || isRun(plain)) return true;
  const word = withoutEnds(plain);
  const spelt = [...word].map((character) => LEET[character] ?? character).join("");
  return isCommonWord(word) || isCommonWord(spelt);
}

/** A common word, or one repeated. */
function isCommonWord(word: string): boolean {
  if (word === "") return true; // digits and signs only
  if (COMMON_WORDS.has(word)) return true;
  for (let length = 1; length <= word.length / 2; length += 1) {
    const part = word.slice(0, length);
    if (word === part.repeat(word.length / length) && (length < 4 || COMMON_WORDS.has(part)))
      return true;
  }
  return false;
}

/** Whether every character follows the one before it, up or down: 1234567890, abcdefghij. */
function isRun(text: string): boolean {
  const steps = [...text].slice(1).map((character, index) => {
    return (character.codePointAt(0) ?? 0) - (text.codePointAt(index) ?? 0);
  });
  const odd = steps.filter((step) => step !== steps[0]).length;
  return Math.abs(steps[0] ?? 0) <= 1 && odd <= 1;
}

/** Without the digits and signs around a word. */
function withoutEnds(text: string): string {
  return text.replace(/^\P{L}+|\P{L}+$/gu, "");
}
