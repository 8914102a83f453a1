"use client";

import {Alert, Button, useComputedColorScheme} from "@mantine/core";
import {Elements, PaymentElement, useElements, useStripe} from "@stripe/react-stripe-js";
import type {Stripe, StripeError} from "@stripe/stripe-js";
import {loadStripe} from "@stripe/stripe-js/pure";
import {useQuery} from "@tanstack/react-query";
import {useLocale, useTranslations} from "next-intl";
import {useRef, useState} from "react";
import type {Intent} from "@/lib/api";
import {appearanceOf} from "./appearance";
import classes from "./payments.module.css";
import type {Outcome} from "./stand-in";
import {Waiting} from "./waiting";

type Props = {
  intent: Intent;
  label: string;
  returnUrl: string;
  /** The way to the page that comes next is under way. */
  leaving: boolean;
  onTry: () => void;
  onOutcome: (outcome: Outcome) => void;
  /** There was no answer: nobody knows whether the card was charged. */
  onUnknown: () => void;
};

/** Stripe's Payment Element: what is typed into it goes to Stripe and never comes here. */
export default function StripeForm({intent, ...props}: Props) {
  const scheme = useComputedColorScheme("light");
  const locale = useLocale();
  const [failed, setFailed] = useState(false); // the form could not be loaded, though Stripe's script was
  const stripe = useQuery({
    queryKey: ["stripe", intent.publishableKey],
    staleTime: Infinity,
    structuralSharing: false, // it is Stripe's own, and no data
    queryFn: () => loadStripe(intent.publishableKey),
  });
  if (failed || stripe.isError) {
    const again = () => {
      setFailed(false);
      if (stripe.isError) void stripe.refetch();
    };
    return <Unloaded loading={stripe.isFetching} onAgain={again} />;
  }
  if (!stripe.data) return <Waiting />;
  return (
    <Elements stripe={stripe.data} options={{clientSecret: intent.clientSecret, locale, appearance: appearanceOf(scheme)}}>
      <Fields {...props} onFail={() => setFailed(true)} />
    </Elements>
  );
}

function Unloaded({loading, onAgain}: {loading: boolean; onAgain: () => void}) {
  const t = useTranslations("pay");
  return (
    <>
      <Alert color="red" role="alert" title={t("unloaded")} mb="md">
        {t("unloadedText")}
      </Alert>
      <Button size="lg" fullWidth onClick={onAgain} loading={loading}>
        {t("again")}
      </Button>
    </>
  );
}

type FieldsProps = Omit<Props, "intent"> & {onFail: () => void};

function Fields({label, returnUrl, leaving, onTry, onOutcome, onUnknown, onFail}: FieldsProps) {
  const stripe = useStripe();
  const elements = useElements();
  const t = useTranslations("pay");
  const [ready, setReady] = useState(false);
  const [paying, setPaying] = useState(false);
  const busy = useRef(false);

  const pay = async () => {
    if (!stripe || !elements || busy.current || leaving) return;
    busy.current = true;
    setPaying(true);
    onTry();
    try {
      const outcome = await confirm(stripe, elements, location.origin + returnUrl);
      if (outcome) onOutcome(outcome);
    } catch {
      onUnknown();
    } finally {
      busy.current = false;
      setPaying(false);
    }
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void pay();
      }}
    >
      {!ready && <Waiting />}
      <PaymentElement onReady={() => setReady(true)} onLoadError={onFail} />
      {ready && (
        <div className={classes.pay}>
          <Button type="submit" size="lg" fullWidth loading={paying || leaving}>
            {label}
          </Button>
        </div>
      )}
      <p role="status" className="visually-hidden">
        {(paying || leaving) && t("paying")}
      </p>
    </form>
  );
}

/**
 * Confirms a payment with what was typed. Returns nothing when Stripe says at its own
 * fields what is missing, and rejects when there is no answer.
 */
async function confirm(
  stripe: Stripe,
  elements: NonNullable<ReturnType<typeof useElements>>,
  returnUrl: string,
): Promise<Outcome | undefined> {
  const {error, paymentIntent} = await stripe.confirmPayment({
    elements,
    confirmParams: {return_url: returnUrl},
    redirect: "if_required",
  });
  if (error) return outcomeOf(error);
  const {status} = paymentIntent;
  return status === "succeeded" || status === "processing" ? {kind: "taken"} : {kind: "moved"};
}

function outcomeOf({type, code, decline_code, message = ""}: StripeError): Outcome | undefined {
  if (type === "validation_error") return undefined;
  if (type === "card_error" || code === "payment_intent_authentication_failure") {
    return {kind: "declined", failure: {code: decline_code ?? code, message}};
  }
  if (code === "payment_intent_unexpected_state") return {kind: "moved"};
  throw new Error(message);
}
