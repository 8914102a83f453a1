import type {components, operations, paths} from "./generated";

/** Every path of every service, as one API behind one origin. */
export type Paths = paths;

type Schemas = components["schemas"];

export type User = Schemas["User"];
export type Ticket = Schemas["Ticket"];
export type Offer = Schemas["Offer"];
export type Category = Schemas["Category"];
export type Facets = Schemas["Facets"];
export type Order = Schemas["Order"];
export type Problem = Schemas["Problem"];
export type Payment = Schemas["Payment"];
export type TicketQuery = NonNullable<operations["listTickets"]["parameters"]["query"]>;
/** What a browser needs to confirm a payment with Stripe. */
export type Intent = operations["createIntent"]["responses"]["200"]["content"]["application/json"];

/** In the order in which the shop shows them. */
export const categories = [
  "concert",
  "festival",
  "theatre",
  "musical",
  "comedy",
  "sports",
  "family",
  "exhibition",
  "conference",
  "other",
] as const satisfies readonly Category[];
