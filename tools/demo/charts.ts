/**
 * The charts the demo analyst posts: candles, the levels of the call, and their
 * prices, drawn as PNG. The same id gives the same bytes.
 */
import { dotsOf, GLYPH_HEIGHT, GLYPH_STEP } from "./pixel-font.ts";
import { encodePng } from "./png.ts";

/** What a chart shows. Prices in the pair's own unit; `drift` from -1 (falls) to 1 (rises). */
interface ChartSpec {
  readonly pair: string;
  readonly seed: number;
  readonly open: number;
  readonly drift: number;
  readonly entry?: number;
  readonly stop?: number;
  readonly targets?: readonly number[];
}

const CHARTS = {
  btcLong: {
    pair: "BTC/USDT 4H",
    seed: 11,
    open: 63_400,
    drift: 0.3,
    entry: 64_300,
    stop: 63_100,
    targets: [65_500, 66_900],
  },
  btcRange: { pair: "BTC/USDT 1D", seed: 12, open: 64_100, drift: 0 },
  ethShort: {
    pair: "ETH/USDT 1H",
    seed: 21,
    open: 3_520,
    drift: -0.3,
    entry: 3_490,
    stop: 3_575,
    targets: [3_400, 3_310],
  },
  solBreakout: {
    pair: "SOL/USDT 4H",
    seed: 31,
    open: 138,
    drift: 0.6,
    entry: 142.5,
    stop: 137.4,
    targets: [149, 156],
  },
  linkDaily: {
    pair: "LINK/USDT 1D",
    seed: 41,
    open: 16.4,
    drift: 0.4,
    entry: 17.05,
    stop: 16.2,
    targets: [18.2, 19.5],
  },
  goldScalp: {
    pair: "XAU/USD 15M",
    seed: 51,
    open: 2_341,
    drift: -0.1,
    entry: 2_338,
    stop: 2_346,
    targets: [2_325, 2_310],
  },
  eurusd: {
    pair: "EUR/USD 1H",
    seed: 61,
    open: 1.0849,
    drift: 0.2,
    entry: 1.0852,
    stop: 1.0825,
    targets: [1.092],
  },
  avaxTrend: {
    pair: "AVAX/USDT 4H",
    seed: 71,
    open: 36.8,
    drift: 0.5,
    entry: 38.1,
    stop: 36.9,
    targets: [41, 44],
  },
  dominance: { pair: "BTC.D 1D", seed: 81, open: 54.2, drift: 0.2 },
} as const satisfies Record<string, ChartSpec>;

/** A chart of the demo. */
export type ChartId = keyof typeof CHARTS;

/** Every chart there is. */
export const CHART_IDS = Object.keys(CHARTS).filter(isChartId);

/** Narrows a text to a chart's id. */
export function isChartId(id: string): id is ChartId {
  return Object.hasOwn(CHARTS, id);
}

type Colour = readonly [red: number, green: number, blue: number];

const WIDTH = 640;
const HEIGHT = 360;
const MARGIN = { top: 28, right: 64, bottom: 14, left: 14 };
const CANDLES = 60;
const SCALE = 2; // pixels per dot of the font
const INK = {
  background: [18, 22, 30],
  grid: [34, 41, 54],
  text: [176, 186, 204],
  up: [38, 166, 128],
  down: [226, 84, 92],
  entry: [92, 150, 255],
  stop: [226, 84, 92],
  target: [38, 166, 128],
} as const satisfies Record<string, Colour>;

/** The PNG file of a chart: 640 by 360 pixels, a few kilobytes. */
export function chartPng(id: ChartId): Buffer {
  const canvas = new Canvas();
  draw(canvas, CHARTS[id]);
  return encodePng({ width: WIDTH, height: HEIGHT, rgb: canvas.rgb });
}

class Canvas {
  readonly rgb = new Uint8Array(WIDTH * HEIGHT * 3);

  fill(area: { x: number; y: number; width: number; height: number }, colour: Colour): void {
    const [left, top] = [Math.max(0, Math.round(area.x)), Math.max(0, Math.round(area.y))];
    const right = Math.min(WIDTH, left + Math.max(1, Math.round(area.width)));
    const bottom = Math.min(HEIGHT, top + Math.max(1, Math.round(area.height)));
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) this.rgb.set(colour, (y * WIDTH + x) * 3);
    }
  }

  write(text: string, at: { x: number; y: number }, colour: Colour): void {
    for (const dot of dotsOf(text)) {
      const [x, y] = [at.x + dot.x * SCALE, at.y + dot.y * SCALE];
      this.fill({ x, y, width: SCALE, height: SCALE }, colour);
    }
  }
}

interface Candle {
  readonly open: number;
  readonly close: number;
  readonly high: number;
  readonly low: number;
}

function draw(canvas: Canvas, spec: ChartSpec): void {
  const candles = candlesOf(spec);
  const prices = candles.flatMap(({ high, low }) => [high, low]);
  const levels = levelsOf(spec);
  const all = [...prices, ...levels.map(({ price }) => price)];
  const yOf = scaleOf(Math.min(...all), Math.max(...all));
  canvas.fill({ x: 0, y: 0, width: WIDTH, height: HEIGHT }, INK.background);
  drawGrid(canvas);
  canvas.write(spec.pair, { x: MARGIN.left, y: 8 }, INK.text);
  for (const [index, candle] of candles.entries()) drawCandle(canvas, candle, index, yOf);
  for (const level of levels) drawLevel(canvas, level, yOf);
}

function drawGrid(canvas: Canvas): void {
  for (let line = 0; line <= 4; line++) {
    const y = MARGIN.top + (line / 4) * (HEIGHT - MARGIN.top - MARGIN.bottom);
    canvas.fill(
      { x: MARGIN.left, y, width: WIDTH - MARGIN.left - MARGIN.right, height: 1 },
      INK.grid,
    );
  }
}

function drawCandle(
  canvas: Canvas,
  { open, close, high, low }: Candle,
  index: number,
  yOf: (price: number) => number,
): void {
  const step = (WIDTH - MARGIN.left - MARGIN.right) / CANDLES;
  const x = MARGIN.left + index * step;
  const colour = close >= open ? INK.up : INK.down;
  canvas.fill({ x: x + step / 2, y: yOf(high), width: 1, height: yOf(low) - yOf(high) }, colour);
  const top = yOf(Math.max(open, close));
  const height = yOf(Math.min(open, close)) - top;
  canvas.fill({ x: x + 1, y: top, width: step - 3, height }, colour);
}

interface Level {
  readonly price: number;
  readonly colour: Colour;
}

function levelsOf(spec: ChartSpec): Level[] {
  const level = (price: number | undefined, colour: Colour) =>
    price === undefined ? [] : [{ price, colour }];
  return [
    ...level(spec.entry, INK.entry),
    ...level(spec.stop, INK.stop),
    ...(spec.targets ?? []).flatMap((price) => level(price, INK.target)),
  ];
}

function drawLevel(canvas: Canvas, { price, colour }: Level, yOf: (price: number) => number): void {
  const right = WIDTH - MARGIN.right;
  for (let x = MARGIN.left; x < right; x += 8)
    canvas.fill({ x, y: yOf(price), width: 4, height: 1 }, colour);
  const y = yOf(price) - (GLYPH_HEIGHT * SCALE) / 2;
  const label = String(price);
  canvas.write(label, { x: WIDTH - label.length * GLYPH_STEP * SCALE - 4, y }, colour);
}

function scaleOf(lowest: number, highest: number): (price: number) => number {
  const height = HEIGHT - MARGIN.top - MARGIN.bottom;
  return (price) => MARGIN.top + ((highest - price) / (highest - lowest)) * height;
}

/** A walk that ends above or below where it began, as the drift says. */
function candlesOf({ seed, open, drift }: ChartSpec): Candle[] {
  const random = randomFrom(seed);
  const stepSize = open * 0.004;
  const candles: Candle[] = [];
  let price = open;
  for (let index = 0; index < CANDLES; index++) {
    const close = price + (random() - 0.5 + drift * 0.12) * stepSize;
    const high = Math.max(price, close) + random() * stepSize * 0.5;
    const low = Math.min(price, close) - random() * stepSize * 0.5;
    candles.push({ open: price, close, high, low });
    price = close;
  }
  return candles;
}

/** Numbers from 0 up to 1 that depend on the seed only (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
