import {useTranslations} from "next-intl";
import type {Ticket} from "@/lib/api";

type Seats = Partial<Pick<Ticket, "quantity" | "section" | "row" | "seat">>;

/**
 * Returns what says how many tickets there are and where, such as "2 tickets · Row 4 · Seats 12-13".
 * Lines are broken between these, and within one only if it is long.
 */
export function useSeats(): (ticket: Seats) => string {
  const t = useTranslations("ticket");
  return ({quantity = 1, section, row, seat}) =>
    [
      t("quantity", {count: quantity}),
      section && t("section", {section}),
      row && t("row", {row}),
      seat && t(/\d\D+\d/.test(seat) ? "seats" : "seat", {seat}),
    ]
      .filter((part) => part !== undefined && part !== "")
      .map((part) => (part!.length > longest ? part : part!.replaceAll(" ", noBreak).replaceAll("-", `-${joiner}`)))
      .join(`${noBreak}· `);
}

const longest = 20; // characters, and a line has at least 30 on the smallest phone
const noBreak = "\u00a0";
const joiner = "\u2060"; // as wide as nothing: https://unicode.org/reports/tr14/#WJ
