"use client";

import {Alert, Button} from "@mantine/core";
import {useMutation, useQuery, useQueryClient} from "@tanstack/react-query";
import dynamic from "next/dynamic";
import {useRouter} from "next/navigation";
import {useLocale, useTranslations} from "next-intl";
import {useEffect, useRef, useState, type ReactNode} from "react";
import {Actions} from "@/components/page";
import {useErrorMessage} from "@/components/live/use-error-message";
import {ApiError, read, type Intent, type Order, type Payment} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {formatMoney} from "@/lib/money";
import {CardChooser} from "./card-chooser";
import classes from "./payments.module.css";
import {confirmWithStandIn, type Failure, type Outcome, type TestCard} from "./stand-in";
import {Waiting} from "./waiting";

// Stripe's own code comes only to those who pay with Stripe.
const StripeForm = dynamic(() => import("./stripe-form"), {ssr: false, loading: () => <Waiting />});

type Props = {order: Order; payment: Payment | null; withStripe: boolean};

/** Pays an order: with Stripe's form, or with the cards of the stand-in for Stripe. */
export function PayForm({order, payment: initial, withStripe}: Props) {
  const t = useTranslations("pay");
  const locale = useLocale();
  const router = useRouter();
  const message = useErrorMessage();
  const queries = useQueryClient();
  const [card, setCard] = useState<TestCard>("pm_card_visa");
  const [failure, setFailure] = useState<Failure | undefined>(initial?.failure);
  const [other, setOther] = useState(false); // another card than the one that waits for consent
  const [leaving, setLeaving] = useState(false);
  const [unclear, setUnclear] = useState(false); // whether Stripe has charged the card
  const [returns, setReturns] = useState(0);
  const busy = useRef(false);
  const orderPath = `/orders/${order.id}`;
  const {ticket} = order;

  const payment = useQuery({
    queryKey: ["payment", order.id],
    initialData: initial,
    queryFn: () => loadPayment(order.id),
    refetchInterval: ({state}) =>
      state.data?.status === "requires_action" && !other ? Math.min(1500 * 1.3 ** state.dataUpdateCount, 10_000) : false,
  });
  const nextUrl = payment.data?.status === "requires_action" ? payment.data.nextAction?.url : undefined;
  const waiting = nextUrl !== undefined && !other && !leaving;

  const openIntent = {
    queryKey: ["intent", order.id],
    staleTime: Infinity,
    // No Idempotency-Key: the order has one intent however often it is asked for.
    queryFn: (): Promise<Intent> => read(api.POST("/api/payments/intents", {body: {orderId: order.id}})),
  };
  const intent = useQuery({...openIntent, enabled: !waiting});
  const closed =
    intent.error instanceof ApiError && intent.error.status === 409 && !isSaidHere(intent.error.code);
  const settled = ["processing", "succeeded", "refund_pending", "refunded"].includes(payment.data?.status ?? "");

  useEffect(() => {
    if (closed || settled) router.replace(orderPath);
  }, [closed, settled, orderPath, router]);

  // Somebody who comes back from their bank by the browser's own button can choose again.
  useEffect(() => {
    const back = (event: PageTransitionEvent) => {
      if (!event.persisted) return;
      busy.current = false;
      setLeaving(false);
      setReturns(returns + 1);
      void payment.refetch();
    };
    addEventListener("pageshow", back);
    return () => removeEventListener("pageshow", back);
  });

  const take = (outcome: Outcome) => {
    if (outcome.kind === "declined") {
      setFailure(outcome.failure);
      return;
    }
    setLeaving(true);
    if (outcome.kind === "asked") location.assign(outcome.url);
    else router.replace(orderPath);
  };

  const confirm = useMutation({
    mutationFn: async () =>
      confirmWithStandIn(await queries.fetchQuery(openIntent), card, `${location.origin}${orderPath}/pay`),
    onSuccess: take,
    // Without an answer the card may have been charged all the same: look.
    onError: () => payment.refetch(),
    onSettled: () => {
      busy.current = false;
    },
  });

  if (waiting) {
    return (
      <section className={classes.form}>
        <div role="status">
          <h2>{t("consent")}</h2>
          <p className={classes.note}>{t("consentText")}</p>
        </div>
        <Actions>
          <Button component="a" href={nextUrl}>
            {t("consentGo")}
          </Button>
          <Button variant="default" onClick={() => setOther(true)}>
            {t("otherCard")}
          </Button>
        </Actions>
      </section>
    );
  }

  const amount = formatMoney(ticket.price, ticket.currency, locale);
  const standIn = intent.data ? intent.data.standIn !== undefined : !withStripe;
  const problem = confirm.error ?? (closed ? null : intent.error);
  const said = problem instanceof ApiError ? message(problem) : (problem ?? unclear) ? t("noAnswer") : undefined;
  return (
    <section className={classes.form} aria-label={t("how")}>
      {failure && !confirm.isPending && (
        <Refusal title={t("declined")} news={failure !== initial?.failure}>
          {declineText(failure, t)} {t("nothingCharged")}
        </Refusal>
      )}
      {said && !confirm.isPending && <Refusal news>{said}</Refusal>}
      {standIn ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (busy.current || leaving) return;
            busy.current = true;
            setFailure(undefined);
            confirm.mutate();
          }}
        >
          <h2>{t("testCards")}</h2>
          <p className={classes.note}>{t("testCardsText")}</p>
          <CardChooser value={card} onChange={setCard} />
          <div className={classes.pay}>
            <Button type="submit" size="lg" fullWidth loading={confirm.isPending || leaving}>
              {t("pay", {amount})}
            </Button>
          </div>
        </form>
      ) : intent.data ? (
        <StripeForm
          key={returns}
          intent={intent.data}
          label={t("pay", {amount})}
          returnUrl={`${orderPath}/pay`}
          leaving={leaving}
          onTry={() => {
            setFailure(undefined);
            setUnclear(false);
          }}
          onOutcome={take}
          onUnknown={() => {
            setUnclear(true);
            void payment.refetch();
          }}
        />
      ) : intent.error && !closed ? (
        <Button onClick={() => void intent.refetch()}>{t("again")}</Button>
      ) : (
        <Waiting />
      )}
      {standIn && (
        <p role="status" className="visually-hidden">
          {(confirm.isPending || leaving) && t("paying")}
        </p>
      )}
    </section>
  );
}

/** What did not work. Where it is news one is brought to it: the button is far below. */
function Refusal({title, news, children}: {title?: string; news: boolean; children: ReactNode}) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (news) box.current?.focus();
  }, [news]);
  return (
    <Alert ref={box} color="red" role="alert" title={title} mb="md" tabIndex={-1} className={classes.refusal}>
      {children}
    </Alert>
  );
}

/** What the order's own page could say no more of. */
function isSaidHere(code: string | undefined): boolean {
  return code === "key_in_use" || code === "amount_too_small" || code === "amount_too_large";
}

async function loadPayment(orderId: string): Promise<Payment | null> {
  try {
    return await read(api.GET("/api/payments/{orderId}", {params: {path: {orderId}}}));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

/**
 * Says why a card was declined. What a thief should not learn is not told, as Stripe
 * advises: https://docs.stripe.com/declines/codes
 */
function declineText({code, message}: Failure, t: ReturnType<typeof useTranslations<"pay">>): string {
  const known = `decline.${code}` as "decline.generic_decline";
  return code && t.has(known) ? t(known) : message || t("decline.generic_decline");
}
