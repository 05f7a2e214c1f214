/** Amounts as whole minor units of their currency. */

/** ISO 4217 currencies without a minor unit, where one is one. */
const WITHOUT_MINOR_UNIT = new Set(
  "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split(" "),
);

/** An amount in whole units (6.9 dollars) as minor units (690). */
export function minorUnits(amount: number, currency: string | null): number {
  return Math.round(currency !== null && WITHOUT_MINOR_UNIT.has(currency) ? amount : amount * 100);
}

/** "USD 6.90": an amount in minor units with its currency. */
export function amountText(amount: number, currency: string): string {
  const value = WITHOUT_MINOR_UNIT.has(currency) ? String(amount) : (amount / 100).toFixed(2);
  return `${currency.toUpperCase()} ${value}`;
}
