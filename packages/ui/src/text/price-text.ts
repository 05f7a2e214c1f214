/** How prices and what they pay for read. */

/** "$29", "$29.50", "¥2,900": an amount in the currency's smallest unit. An unknown currency is shown by its code. */
export function priceText(amount: number, currency: string): string {
  try {
    const style = { style: "currency", currency: currency.toUpperCase() } as const;
    const digits = digitsOf(currency);
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

/** "29", "29.5", "2 900" as an amount in the smallest unit; null for what is no price of the currency. */
export function parsePrice(text: string, currency: string): number | null {
  const plain = text.replace(/[\s']/g, "").replace(",", ".");
  if (!/^\d{1,9}(\.\d{1,3})?$/.test(plain)) return null;
  const amount = Number(plain) * 10 ** digitsOf(currency);
  const rounded = Math.round(amount);
  return Math.abs(amount - rounded) < 1e-6 ? rounded : null;
}

/** The amount as a person types it: "29", "29.50". */
export function priceInput(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const value = amount / 10 ** digits;
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
}

function digitsOf(currency: string): number {
  try {
    const style = { style: "currency", currency: currency.toUpperCase() } as const;
    return new Intl.NumberFormat("en-US", style).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

/** "per month", "per year", "for 30 days": what a plan's price pays for. */
export function termText(
  kind: { kind: "recurring"; every: "month" | "year" } | { kind: "fixed"; days: number },
): string {
  if (kind.kind === "recurring") return `per ${kind.every}`;
  return kind.days === 1 ? "for one day" : `for ${kind.days} days`;
}
