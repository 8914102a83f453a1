import type {Offer, Ticket} from "@/lib/api";
import type {Locale} from "@/lib/i18n/locales";
import {typedAmount} from "@/lib/money";
import {localOf} from "@/lib/zoned";

/** What a seller can say about a ticket, in the order in which the form asks. */
export const draftFields = [
  "title",
  "category",
  "startsAt",
  "timeZone",
  "venue",
  "city",
  "quantity",
  "section",
  "row",
  "seat",
  "price",
  "originalPrice",
  "description",
] as const satisfies readonly (keyof Offer)[];

export type DraftField = (typeof draftFields)[number];

/** What is typed into the form, as it is: anything may be wrong. */
export type Draft = Record<DraftField, string>;

export const emptyDraft = Object.fromEntries(
  draftFields.map((field) => [field, field === "quantity" ? "1" : ""]),
) as Draft;

/** What the form shows of a ticket that is to be edited. */
export function draftOf(ticket: Ticket, locale: Locale): Draft {
  const amount = (value: number | undefined) =>
    value === undefined ? "" : typedAmount(value, ticket.currency, locale);
  return {
    ...(Object.fromEntries(draftFields.map((field) => [field, String(ticket[field] ?? "")])) as Draft),
    price: amount(ticket.price),
    originalPrice: amount(ticket.originalPrice),
    ...startOf(ticket),
  };
}

/** When a ticket's event starts, as the form shows it. */
export function startOf({startsAt, timeZone}: Ticket): Pick<Draft, "startsAt" | "timeZone"> {
  if (!startsAt) return {startsAt: "", timeZone: timeZone ?? ""};
  const zone = timeZone ?? "UTC";
  return {startsAt: localOf(startsAt, zone), timeZone: zone};
}

/** What was sent. */
export function readDraft(data: FormData): Draft {
  return Object.fromEntries(draftFields.map((field) => [field, String(data.get(field) ?? "")])) as Draft;
}

/** What stands in the form. A time of which a part is missing has no value, but is no empty one. */
export function readForm(form: HTMLFormElement): Draft {
  const draft = readDraft(new FormData(form));
  const time = form.elements.namedItem("startsAt");
  if (time instanceof HTMLInputElement && time.validity.badInput) draft.startsAt = "?";
  return draft;
}

/** The ticket that an offer would be, as far as it makes sense yet. */
export function previewOf(offer: Partial<Offer>, currency: string): Ticket {
  return {
    title: "…",
    price: NaN,
    quantity: 1,
    ...offer,
    id: "preview",
    currency,
    userId: "",
    status: "available",
    version: 0,
    createdAt: "",
    updatedAt: "",
  };
}
