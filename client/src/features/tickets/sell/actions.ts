"use server";

import {redirect} from "next/navigation";
import {getLocale, getTranslations} from "next-intl/server";
import {loadTicket} from "@/features/tickets/catalogue";
import {read, type Offer} from "@/lib/api";
import {serverApi} from "@/lib/api/server";
import {formIdempotencyKey} from "@/lib/idempotency";
import {formatMoney, typedAmount} from "@/lib/money";
import {refusalOf, type Refusal} from "./refusal";
import {check} from "./check";
import {readDraft, type Draft} from "./draft";
import {wordsOf} from "./words";

export type SellState = Refusal & {draft?: Draft; currency?: string; once?: string};

/** Lists a ticket, or changes the one that the form names, for those without JavaScript. */
export async function sendOffer(_: SellState, form: FormData): Promise<SellState> {
  const draft = readDraft(form);
  const id = String(form.get("ticket") ?? "");
  const currency = String(form.get("currency"));
  const once = form.get("once")?.toString();
  const sent = {draft, currency, once};
  const [locale, sell, listings, errors, api] = await Promise.all([
    getLocale(),
    getTranslations("sell"),
    getTranslations("listings"),
    getTranslations("errors"),
    serverApi(),
  ]);
  const money = (amount: number) => formatMoney(amount, currency, locale);
  let to: string;
  try {
    const was = id ? await loadTicket(id) : undefined;
    const {offer, faults} = check(draft, {currency, now: Date.now(), was});
    if (Object.keys(faults).length > 0) return {...sent, fields: wordsOf(faults, sell, typedAmount(50, currency, locale))};
    const body = offer as Offer; // nothing is missing where nothing is wrong
    const ticket = await read(
      was
        ? api.PUT("/api/tickets/{id}", {params: {path: {id}}, body})
        : api.POST("/api/tickets", {params: {header: {"Idempotency-Key": formIdempotencyKey(once, body)}}, body}),
    );
    to = `/tickets/${ticket.id}`;
  } catch (error) {
    return {...sent, ...refusalOf(error, !id, {sell, listings, errors, money})};
  }
  redirect(to);
}
