/** Amounts in the smallest unit of a currency, as a person reads them. */

/** "EUR 12.50"; the currency decides where the point stands. */
export function moneyText(amount: number, currency: string | null): string {
  if (currency === null) return String(amount);
  const format = new Intl.NumberFormat("en-GB", {
    style: "currency",
    currency,
    currencyDisplay: "code",
  });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(amount / 10 ** digits);
}
