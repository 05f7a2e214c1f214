/** A font of 3 by 5 pixels for the labels of charts. Each glyph is five rows; a row is three bits, left to right. */
const ROWS: Readonly<Record<string, readonly number[]>> = {
  "0": [7, 5, 5, 5, 7],
  "1": [2, 6, 2, 2, 7],
  "2": [7, 1, 7, 4, 7],
  "3": [7, 1, 3, 1, 7],
  "4": [5, 5, 7, 1, 1],
  "5": [7, 4, 7, 1, 7],
  "6": [7, 4, 7, 5, 7],
  "7": [7, 1, 1, 2, 2],
  "8": [7, 5, 7, 5, 7],
  "9": [7, 5, 7, 1, 7],
  A: [2, 5, 7, 5, 5],
  B: [6, 5, 6, 5, 6],
  C: [3, 4, 4, 4, 3],
  D: [6, 5, 5, 5, 6],
  E: [7, 4, 6, 4, 7],
  F: [7, 4, 6, 4, 4],
  G: [3, 4, 5, 5, 3],
  H: [5, 5, 7, 5, 5],
  I: [7, 2, 2, 2, 7],
  J: [1, 1, 1, 5, 2],
  K: [5, 5, 6, 5, 5],
  L: [4, 4, 4, 4, 7],
  M: [5, 7, 7, 5, 5],
  N: [6, 5, 5, 5, 5],
  O: [2, 5, 5, 5, 2],
  P: [6, 5, 6, 4, 4],
  Q: [2, 5, 5, 6, 3],
  R: [6, 5, 6, 5, 5],
  S: [3, 4, 2, 1, 6],
  T: [7, 2, 2, 2, 2],
  U: [5, 5, 5, 5, 7],
  V: [5, 5, 5, 5, 2],
  W: [5, 5, 7, 7, 5],
  X: [5, 5, 2, 5, 5],
  Y: [5, 5, 2, 2, 2],
  Z: [7, 1, 2, 4, 7],
  ".": [0, 0, 0, 0, 2],
  ",": [0, 0, 0, 2, 4],
  "/": [1, 1, 2, 4, 4],
  "-": [0, 0, 7, 0, 0],
};

/** Pixels from one glyph's left edge to the next one's. */
export const GLYPH_STEP = 4;
export const GLYPH_HEIGHT = 5;

/** The dots of a text, top left at 0, 0. Characters without a glyph are blank. */
export function dotsOf(text: string): { x: number; y: number }[] {
  return [...text.toUpperCase()].flatMap((character, index) =>
    (ROWS[character] ?? []).flatMap((row, y) =>
      [0, 1, 2].flatMap((x) => ((row >> (2 - x)) & 1 ? [{ x: index * GLYPH_STEP + x, y }] : [])),
    ),
  );
}
