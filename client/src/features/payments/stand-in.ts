import type {Intent} from "@/lib/api";

/** Why a card was not charged: Stripe's code and its sentence. */
export type Failure = {code?: string; message: string};

/** What came of a try to pay. */
export type Outcome =
  | {kind: "taken"} // paid, or under way
  | {kind: "asked"; url: string} // the card's owner has to consent there
  | {kind: "declined"; failure: Failure}
  | {kind: "moved"}; // it can't be confirmed any more: how it stands, the order says

type Answer = {
  status?: string;
  next_action?: {redirect_to_url?: {url?: string}} | null;
  error?: {type?: string; code?: string; decline_code?: string; message?: string};
};

/**
 * Confirms a payment with the stand-in for Stripe, as Stripe.js does with Stripe.
 * Rejects when there is no answer: then nobody knows whether the card was charged.
 */
export async function confirmWithStandIn(intent: Intent, card: string, returnUrl: string): Promise<Outcome> {
  const id = intent.clientSecret.split("_secret")[0]!;
  const response = await fetch(`${intent.standIn}/v1/payment_intents/${id}/confirm`, {
    method: "POST",
    headers: {Authorization: `Bearer ${intent.publishableKey}`},
    body: new URLSearchParams({client_secret: intent.clientSecret, payment_method: card, return_url: returnUrl}),
  });
  const {status, next_action: next, error} = (await response.json()) as Answer;
  if (error?.type === "card_error") {
    return {kind: "declined", failure: {code: error.decline_code ?? error.code, message: error.message ?? ""}};
  }
  if (error?.code === "payment_intent_unexpected_state") return {kind: "moved"};
  if (error) throw new Error(error.message ?? `status ${response.status}`);
  if (status === "requires_action" && next?.redirect_to_url?.url) {
    return {kind: "asked", url: next.redirect_to_url.url};
  }
  return status === "succeeded" || status === "processing" ? {kind: "taken"} : {kind: "moved"};
}

/** The cards that the page offers, by what they do. standin/README.md has all there are. */
export const testCards = {
  paid: ["pm_card_visa", "pm_card_mastercard", "pm_card_amex"],
  asked: [
    "pm_card_threeDSecure2Required",
    "pm_card_threeDSecureRequiredChargeDeclined",
    "pm_card_standin_authenticationThenProcessing",
  ],
  declined: [
    "pm_card_chargeDeclined",
    "pm_card_chargeDeclinedInsufficientFunds",
    "pm_card_chargeDeclinedExpiredCard",
    "pm_card_chargeDeclinedIncorrectCvc",
    "pm_card_chargeDeclinedLostCard",
    "pm_card_chargeDeclinedProcessingError",
  ],
  slow: ["pm_card_standin_processing", "pm_card_standin_processingDeclined"],
  later: ["pm_card_pendingRefund", "pm_card_refundFail", "pm_card_createDispute"],
} as const;

export type TestCard = (typeof testCards)[keyof typeof testCards][number];
