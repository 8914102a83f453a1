import {locales, type Locale} from "@/lib/i18n/locales";
import {numberFormat} from "@/lib/intl";

/** An amount in major units, as people of that language write it; a dash for none. */
export function formatMoney(amount: number, currency: string, locale: Locale): string {
  if (Number.isNaN(amount)) return "–";
  return numberFormat(locales[locale].formats, {
    style: "currency",
    currency: currency.toUpperCase(),
    // A round price reads better without its zeros.
    trailingZeroDisplay: "stripIfInteger",
  }).format(amount);
}

/** How many decimals a currency has: 2 for the euro, 0 for the yen. */
export function decimalsOf(currency: string): number {
  return (
    numberFormat("en", {style: "currency", currency: currency.toUpperCase()}).resolvedOptions()
      .maximumFractionDigits ?? 2
  );
}

/** An amount as one types it in that language: 49.50, or 49,50. parseAmount reads it. */
export function typedAmount(amount: number, currency: string, locale: Locale): string {
  return numberFormat(locales[locale].formats, {
    useGrouping: false,
    minimumFractionDigits: decimalsOf(currency),
  }).format(amount);
}

/**
 * Reads an amount as people type it: 49.50, 49,50 where one writes it so, or 1,234.50 as
 * the shop does. NaN for what is no amount, or could mean two, such as 1,234 or 1.234.
 */
export function parseAmount(text: string, currency: string): number {
  const plain = text
    .replace(/[\s\u202f’']/g, "")
    .replace(/^\d{1,3}(,\d{3})+(?=\.)/, (thousands) => thousands.replaceAll(",", ""))
    .replace(/^\d{1,3}(\.\d{3})+(?=,)/, (thousands) => thousands.replaceAll(".", ""));
  const match = /^(\d{1,12})(?:[.,](\d+))?$/.exec(plain);
  if (!match || (match[2]?.length ?? 0) > decimalsOf(currency)) return NaN;
  return Number(`${match[1]}.${match[2] ?? "0"}`);
}
