/** How prices and what they pay for read. */

/** "$29", "$29.50", "¥2,900": an amount in the currency's smallest unit. An unknown currency is shown by its code. */
export function priceText(amount: number, currency: string): string {
  try {
    const style = { style: "currency", currency: currency.toUpperCase() } as const;
    const { maximumFractionDigits: digits = 2 } = new Intl.NumberFormat(
      "en-US",
      style,
    ).resolvedOptions();
    const value = amount / 10 ** digits;
    const fractions = Number.isInteger(value) ? 0 : digits;
    return new Intl.NumberFormat("en-US", {
      ...style,
      minimumFractionDigits: fractions,
      maximumFractionDigits: fractions,
    }).format(value);
  } catch {
    return `${amount} ${currency}`; // not three letters: a draft that is still being written
  }
}

/** "per month", "per year", "for 30 days": what a plan's price pays for. */
export function termText(
  kind: { kind: "recurring"; every: "month" | "year" } | { kind: "fixed"; days: number },
): string {
  if (kind.kind === "recurring") return `per ${kind.every}`;
  return kind.days === 1 ? "for one day" : `for ${kind.days} days`;
}
