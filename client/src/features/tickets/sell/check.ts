import {categories, type Offer, type Ticket} from "@/lib/api";
import {parseAmount} from "@/lib/money";
import {isTimeZone, momentOf} from "@/lib/zoned";
import {startOf, type Draft, type DraftField} from "./draft";

/** What is wrong with a field. Each code has its words in messages/, sell.fault. */
export type Fault =
  | {code: "required" | "characters" | "date" | "zone" | "past" | "started" | "amount" | "positive" | "choice"}
  | {code: "tooLong" | "tooFar" | "quantity"; max: number};

export type Faults = Partial<Record<DraftField, Fault>>;

const longest = {title: 200, venue: 120, city: 100, section: 40, row: 20, seat: 60, description: 2000} as const;
const mostTickets = 20;
const mostYears = 10;

type Market = {
  currency: string;
  /** The server's time. */
  now: number;
  /** What is edited. */
  was?: Ticket;
};

/**
 * Checks a draft by the rules of the tickets service (services/tickets/draft.go), so
 * that one need not send it to hear what is missing. Least and most prices are left to
 * the service, which alone knows them. The offer has what is right so far.
 */
export function check(draft: Draft, {currency, now, was}: Market): {offer: Partial<Offer>; faults: Faults} {
  const offer: Partial<Offer> = {};
  const faults: Faults = {};

  for (const [field, max] of Object.entries(longest) as [keyof typeof longest, number][]) {
    const text = draft[field].trim().replaceAll(/\r\n?/g, "\n");
    const line = field === "description" ? text.replaceAll(/[\n\t]/g, " ") : text;
    if ([...text].length > max) faults[field] = {code: "tooLong", max};
    else if (/\p{Cc}/u.test(line)) faults[field] = {code: "characters"};
    else if (text) offer[field] = text;
  }
  if (!draft.title.trim()) faults.title = {code: "required"};

  const category = categories.find((each) => each === draft.category);
  if (category) offer.category = category;
  else if (draft.category) faults.category = {code: "choice"};

  start(draft, {offer, faults, now, was});

  const quantity = /^\s*\d+\s*$/.test(draft.quantity) ? Number(draft.quantity) : NaN;
  if (quantity >= 1 && quantity <= mostTickets) offer.quantity = quantity;
  else faults.quantity = {code: "quantity", max: mostTickets};

  for (const field of ["price", "originalPrice"] as const) {
    const amount = parseAmount(draft[field], currency);
    if (amount > 0) offer[field] = amount;
    else if (draft[field].trim()) {
      faults[field] = {code: amount === 0 ? "positive" : "amount"};
    } else if (field === "price") faults.price = {code: "required"};
  }
  return {offer, faults};
}

type Start = {offer: Partial<Offer>; faults: Faults; now: number; was?: Ticket};

/** When the event starts: in the future, unless it stays as it was. */
function start({startsAt, timeZone}: Draft, {offer, faults, now, was}: Start): void {
  const before = was && startOf(was);
  if (!startsAt) {
    if (was?.startsAt && Date.parse(was.startsAt) <= now) faults.startsAt = {code: "started"};
    return;
  }
  if (!timeZone || !isTimeZone(timeZone)) {
    faults.timeZone = {code: "zone"};
    return;
  }
  offer.timeZone = timeZone;
  if (before && startsAt === before.startsAt && timeZone === before.timeZone) {
    offer.startsAt = was.startsAt; // with the seconds that the form does not show
    return;
  }
  const moment = momentOf(startsAt, timeZone);
  const latest = new Date(now);
  latest.setUTCFullYear(latest.getUTCFullYear() + mostYears);
  if (!moment) faults.startsAt = {code: "date"};
  else if (moment.getTime() <= now) faults.startsAt = {code: "past"};
  else if (moment > latest) faults.startsAt = {code: "tooFar", max: mostYears};
  else offer.startsAt = moment.toISOString();
}
