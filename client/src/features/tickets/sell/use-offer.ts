"use client";

import {useMutation} from "@tanstack/react-query";
import {useRouter} from "next/navigation";
import {useLocale, useTranslations} from "next-intl";
import {useActionState, useRef, useState, type FormEvent} from "react";
import {flushSync} from "react-dom";
import {read, type Offer, type Ticket} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {drafts} from "@/lib/draft";
import {formIdempotencyKey} from "@/lib/idempotency";
import {formatMoney, typedAmount} from "@/lib/money";
import {useKept} from "@/lib/use-kept";
import {useLive} from "@/lib/use-live";
import {sendOffer} from "./actions";
import {check} from "./check";
import {draftFields, draftOf, emptyDraft, readForm, type Draft, type DraftField} from "./draft";
import {refusalOf, type Refusal} from "./refusal";
import {wordsOf} from "./words";

export type Subject = {
  /** Who sells: what one has typed is not shown to the next who signs in here. */
  userId: string | undefined;
  /** What is edited; without it something new is listed. */
  ticket?: Ticket;
  /** Undefined where nobody is signed in any more: then what was sent says it. */
  currency: string | undefined;
  /**
   * The form's own key, made with the page, under which something new is listed once
   * however often it is sent. Whoever comes back to the page by the browser's button
   * after that, and sends the very same, is shown what was listed.
   */
  once?: string;
  /** The server's time when the page was made. */
  now: number;
};

/** A form in which an offer is written, checked and sent, and what the form shows. */
export function useOffer({ticket, userId, now, ...subject}: Subject) {
  const router = useRouter();
  const sell = useTranslations("sell");
  const listings = useTranslations("listings");
  const errors = useTranslations("errors");
  const locale = useLocale();
  const live = useLive();
  const key = `offer:${userId}:${ticket?.id ?? "new"}`;

  // What the fields begin with: what came back without JavaScript, what was kept, what is.
  const [answer, action] = useActionState(sendOffer, {fields: {}});
  const currency = subject.currency ?? answer.currency ?? "eur";
  const once = answer.once ?? subject.once; // the same form still, though the page is another
  const money = (amount: number) => formatMoney(amount, currency, locale);
  const kept = useKept<Partial<Draft>>(key);
  const [anew, setAnew] = useState(false);
  const restored = kept !== undefined && !anew;
  const given = {...(answer.draft ?? (ticket ? draftOf(ticket, locale) : emptyDraft)), ...(restored && kept)};
  if (live) given.timeZone ||= Intl.DateTimeFormat().resolvedOptions().timeZone;

  const [typed, setTyped] = useState<Draft>();
  const draft = typed ?? given;
  const checked = (what: Draft) => check(what, {currency, now, was: ticket});
  const {offer, faults} = checked(draft);

  // What the API said of a field holds until something else stands there.
  const [refused, setRefused] = useState<{refusal: Refusal; draft: Draft}>({refusal: answer, draft: given});
  const [tried, setTried] = useState(false);
  const wrong: Partial<Record<DraftField, string>> = {};
  for (const field of draftFields) {
    const said = refused.draft[field] === draft[field] ? refused.refusal.fields[field] : undefined;
    const word = (tried ? wordsOf(faults, sell, typedAmount(50, currency, locale))[field] : undefined) ?? said;
    if (word) wrong[field] = word;
  }

  const form = useRef<HTMLFormElement>(null);
  const lookAt = (fields: object) => {
    const first = draftFields.find((field) => field in fields);
    const element = first && form.current?.elements.namedItem(first);
    if (element instanceof HTMLElement) element.focus();
  };

  const busy = useRef(false);
  const {mutate, isPending, isSuccess} = useMutation({
    mutationFn: ({body}: {body: Offer; draft: Draft}) =>
      read(
        ticket
          ? api.PUT("/api/tickets/{id}", {params: {path: {id: ticket.id}}, body})
          : api.POST("/api/tickets", {params: {header: {"Idempotency-Key": formIdempotencyKey(once, body)}}, body}),
      ),
    onSuccess: ({id}) => {
      drafts.drop(key);
      router.replace(`/tickets/${id}`); // nobody comes back to what has been sent
    },
    onError: (error, sent) => {
      busy.current = false;
      const refusal = refusalOf(error, !ticket, {sell, listings, errors, money});
      flushSync(() => setRefused({refusal, draft: sent.draft}));
      lookAt(refusal.fields);
    },
  });

  return {
    /** What the fields begin with, and a key that changes when they begin anew. */
    given,
    generation: restored ? "kept" : anew ? "anew" : "given",
    currency,
    once,
    money,
    offer,
    wrong,
    problem: refused.refusal.problem,
    way: refused.refusal.way,
    saving: isPending || isSuccess,
    restored,
    restart: () => {
      drafts.drop(key);
      setAnew(true);
      setTyped(undefined);
      setRefused({refusal: {fields: {}}, draft: given});
      setTried(false);
    },
    props: {
      ref: form,
      action,
      noValidate: true,
      onInput: (event: FormEvent<HTMLFormElement>) => {
        const now = readForm(event.currentTarget);
        setTyped(now);
        drafts.keep(key, now);
      },
      onSubmit: (event: FormEvent<HTMLFormElement>) => {
        event.preventDefault();
        if (busy.current) return;
        const now = readForm(event.currentTarget);
        const {offer, faults} = checked(now);
        flushSync(() => {
          setTyped(now);
          setTried(true);
          setRefused({refusal: {fields: {}}, draft: now});
        });
        if (Object.keys(faults).length > 0) {
          lookAt(faults);
          return;
        }
        drafts.keep(key, now); // it may have been typed before the page was alive
        busy.current = true;
        mutate({body: offer as Offer, draft: now}); // nothing is missing where nothing is wrong
      },
    },
  };
}
