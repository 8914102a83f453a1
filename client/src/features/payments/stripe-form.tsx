"use client";

import {Button, useComputedColorScheme} from "@mantine/core";
import {Elements, PaymentElement, useElements, useStripe} from "@stripe/react-stripe-js";
import {loadStripe} from "@stripe/stripe-js/pure";
import {useLocale} from "next-intl";
import {useRef, useState, type FormEvent} from "react";
import type {Intent} from "@/lib/api";
import classes from "./payments.module.css";
import type {Outcome} from "./stand-in";

type Props = {
  intent: Intent;
  label: string;
  returnUrl: string;
  onTry: () => void;
  onOutcome: (outcome: Outcome) => void;
  /** There was no answer: nobody knows whether the card was charged. */
  onUnknown: () => void;
};

/** Stripe's Payment Element: what is typed into it goes to Stripe and never comes here. */
export default function StripeForm({intent, ...props}: Props) {
  const dark = useComputedColorScheme("light") === "dark";
  const locale = useLocale();
  const [stripe] = useState(() => loadStripe(intent.publishableKey));
  return (
    <Elements
      stripe={stripe}
      options={{
        clientSecret: intent.clientSecret,
        locale,
        appearance: {theme: dark ? "night" : "stripe", variables: {colorPrimary: dark ? "#ff8f75" : "#bc341a"}},
      }}
    >
      <Fields {...props} />
    </Elements>
  );
}

function Fields({label, returnUrl, onTry, onOutcome, onUnknown}: Omit<Props, "intent">) {
  const stripe = useStripe();
  const elements = useElements();
  const [paying, setPaying] = useState(false);
  const busy = useRef(false);

  const pay = async () => {
    if (!stripe || !elements || busy.current) return;
    busy.current = true;
    setPaying(true);
    onTry();
    try {
      const {error, paymentIntent} = await stripe.confirmPayment({
        elements,
        confirmParams: {return_url: location.origin + returnUrl},
        redirect: "if_required",
      });
      if (!error) onOutcome({kind: paymentIntent.status === "requires_payment_method" ? "moved" : "taken"});
      else if (error.type === "card_error" || error.code === "payment_intent_authentication_failure") {
        onOutcome({kind: "declined", failure: {code: error.decline_code ?? error.code, message: error.message ?? ""}});
      } else if (error.code === "payment_intent_unexpected_state") onOutcome({kind: "moved"});
      else if (error.type !== "validation_error") onUnknown(); // Stripe says at its fields what is invalid
    } finally {
      busy.current = false;
      setPaying(false);
    }
  };

  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        void pay();
      }}
    >
      <PaymentElement />
      <div className={classes.pay}>
        <Button type="submit" size="lg" fullWidth disabled={!stripe} loading={paying}>
          {label}
        </Button>
      </div>
    </form>
  );
}
