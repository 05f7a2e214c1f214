/**
 * How far a machine's clock is from the server's, from exchanges of `GET {site}/time`.
 *
 *   client  sentMs ----------------- receivedMs
 *   server            serverMs          offset = serverMs - (sent + received) / 2
 *
 * [CLK1] The exchange with the least round trip decides: it leaves the least room for error.
 * [CLK2] The true offset is within half that round trip of the estimate.
 */

/** One exchange: the client's clock before and after, the server's answer. All in ms since 1970. */
export interface TimeExchange {
  readonly sentMs: number;
  readonly serverMs: number;
  readonly receivedMs: number;
}

/** Add `offsetMs` to the local clock to get the server's; right to within `errorMs`. */
export interface ClockOffset {
  readonly offsetMs: number;
  readonly errorMs: number;
}

/** Exchanges to make for an estimate. */
export const TIME_EXCHANGES = 5;

/** The estimate, or null if no exchange is usable (a clock that went backwards, a number missing). */
export function estimateOffset(exchanges: readonly TimeExchange[]): ClockOffset | null {
  const usable = exchanges.filter(
    (exchange) => Number.isFinite(exchange.serverMs) && roundTripMs(exchange) >= 0,
  );
  const [best] = [...usable].sort((a, b) => roundTripMs(a) - roundTripMs(b));
  if (best === undefined) return null;
  const middleMs = (best.sentMs + best.receivedMs) / 2;
  return { offsetMs: best.serverMs - middleMs, errorMs: roundTripMs(best) / 2 };
}

function roundTripMs(exchange: TimeExchange): number {
  return exchange.receivedMs - exchange.sentMs;
}
