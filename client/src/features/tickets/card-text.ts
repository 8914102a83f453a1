import {useLocale, useTranslations} from "next-intl";
import {useSeats} from "@/components/seats";
import type {Ticket} from "@/lib/api";
import {formatEventDate} from "@/lib/dates";
import {formatMoney} from "@/lib/money";
import {hueOf} from "./category";

/** What a card shows that can change while one looks. */
export type Volatile = Pick<Ticket, "id" | "status" | "price" | "currency" | "version">;

/** What a card says, in the reader's language: what is not said is left out. */
export type CardText = {
  title: string;
  /** The colour of its stub, see category.ts. */
  hue: number;
  category?: string;
  place?: string;
  seats: string;
  price: string;
  /** What one of several costs. */
  each?: string;
  /** What it cost at first, where it is cheaper now. */
  original?: string;
  stub: {startsAt: string; weekday: string; day: string; monthYear: string; time: string} | string;
  now: Volatile;
};

/** Returns what puts tickets into words. The browser is sent these, and needs no words of its own. */
export function useCardText(): (ticket: Ticket) => CardText {
  const t = useTranslations("ticket");
  const name = useTranslations("category");
  const seats = useSeats();
  const locale = useLocale();
  return (ticket) => {
    const {id, title, price, originalPrice, currency, status, version, quantity} = ticket;
    const {category, startsAt, timeZone} = ticket;
    const part = (style: "weekday" | "day" | "monthYear" | "time") =>
      formatEventDate(startsAt!, timeZone, locale, style);
    return {
      title,
      hue: hueOf(category),
      category: category && name(category),
      place: [ticket.venue, ticket.city].filter(Boolean).join(" · ") || undefined,
      seats: seats(ticket),
      price: formatMoney(price, currency, locale),
      each: quantity > 1 && price > 0 ? t("each", {price: formatMoney(price / quantity, currency, locale)}) : undefined,
      original:
        originalPrice !== undefined && originalPrice > price
          ? t("original", {price: formatMoney(originalPrice, currency, locale)})
          : undefined,
      stub: startsAt
        ? {startsAt, weekday: part("weekday"), day: part("day"), monthYear: part("monthYear"), time: part("time")}
        : t("noDate"),
      now: {id, price, currency, status, version},
    };
  };
}

/** The words for what can become of a ticket while one looks. */
export function useStatusWords(): Record<Ticket["status"], string> {
  const t = useTranslations("status");
  return {
    available: t("available"),
    reserved: t("reserved"),
    sold: t("sold"),
    past: t("past"),
    withdrawn: t("withdrawn"),
  };
}
