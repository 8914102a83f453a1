import type {Offer, Ticket} from "@/lib/api";
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
export function draftOf(ticket: Ticket): Draft {
  const {startsAt, timeZone = "UTC"} = ticket;
  return {
    ...(Object.fromEntries(draftFields.map((field) => [field, String(ticket[field] ?? "")])) as Draft),
    startsAt: startsAt ? localOf(startsAt, timeZone) : "",
    timeZone: startsAt ? timeZone : (ticket.timeZone ?? ""),
  };
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
