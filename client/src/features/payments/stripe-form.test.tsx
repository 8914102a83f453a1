import {act, screen, waitFor} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {beforeEach, expect, test, vi} from "vitest";
import {renderPage} from "../../../test/render";
import {QueryProvider} from "@/components/live/query-provider";
import StripeForm from "./stripe-form";

vi.mock("next/navigation", () => ({useRouter: () => ({push: vi.fn()})}));
const loadStripe = vi.hoisted(() => vi.fn());
vi.mock("@stripe/stripe-js/pure", () => ({loadStripe}));

type Listener = (event: object) => void;
let listeners: Map<string, Listener>;
let options: {locale?: string; clientSecret?: string};
const confirmPayment = vi.fn();
const on = {try: vi.fn(), outcome: vi.fn(), unknown: vi.fn()};

/** What Stripe's script is, once it is there. */
function aStripe() {
  const element = {
    on: (event: string, listener: Listener) => listeners.set(event, listener),
    off: (event: string) => listeners.delete(event),
    mount: () => undefined,
    destroy: () => undefined,
  };
  return {
    elements: (given: typeof options) => {
      options = given;
      return {create: () => element, update: () => undefined};
    },
    confirmPayment,
    createToken: () => undefined,
    createPaymentMethod: () => undefined,
    confirmCardPayment: () => undefined,
  };
}

const tell = (event: string) => act(() => listeners.get(event)?.({}));

async function ready() {
  await waitFor(() => expect(listeners.has("ready")).toBe(true));
  tell("ready");
  return screen.getByRole("button", {name: "Pay €49.50"});
}

function show(locale: "en" | "de" = "en") {
  renderPage(
    <QueryProvider>
      <StripeForm
        intent={{clientSecret: "pi_1_secret_2", publishableKey: "pk_test_1", amount: 49.5, currency: "eur"}}
        label="Pay €49.50"
        returnUrl="/orders/o1/pay"
        leaving={false}
        onTry={on.try}
        onOutcome={on.outcome}
        onUnknown={on.unknown}
      />
    </QueryProvider>,
    locale,
  );
}

beforeEach(() => {
  listeners = new Map();
  loadStripe.mockReset().mockImplementation(async () => aStripe());
  confirmPayment.mockReset();
  Object.values(on).forEach((mock) => mock.mockReset());
});

test.each([
  ["paid", {paymentIntent: {status: "succeeded"}}, {kind: "taken"}],
  ["under way", {paymentIntent: {status: "processing"}}, {kind: "taken"}],
  ["not paid after all", {paymentIntent: {status: "requires_payment_method"}}, {kind: "moved"}],
  [
    "declined",
    {error: {type: "card_error", code: "card_declined", decline_code: "insufficient_funds", message: "No."}},
    {kind: "declined", failure: {code: "insufficient_funds", message: "No."}},
  ],
  [
    "refused at the bank",
    {error: {type: "invalid_request_error", code: "payment_intent_authentication_failure", message: "No."}},
    {kind: "declined", failure: {code: "payment_intent_authentication_failure", message: "No."}},
  ],
  ["over", {error: {type: "invalid_request_error", code: "payment_intent_unexpected_state"}}, {kind: "moved"}],
])("says what came of it: %s", async (_, answer, outcome) => {
  let finish = (_: unknown) => {};
  confirmPayment.mockReturnValue(new Promise((resolve) => (finish = resolve)));
  show();
  await userEvent.dblClick(await ready());
  finish(answer);
  await waitFor(() => expect(on.outcome).toHaveBeenCalledExactlyOnceWith(outcome));
  expect(confirmPayment).toHaveBeenCalledExactlyOnceWith(
    expect.objectContaining({confirmParams: {return_url: `${location.origin}/orders/o1/pay`}, redirect: "if_required"}),
  );
  expect(on.unknown).not.toHaveBeenCalled();
});

test("what is missing is said at Stripe's fields", async () => {
  confirmPayment.mockResolvedValue({error: {type: "validation_error", code: "incomplete_number"}});
  show();
  await userEvent.click(await ready());
  await waitFor(() => expect(confirmPayment).toHaveBeenCalled());
  expect(screen.getByRole("button", {name: "Pay €49.50"})).toBeEnabled();
  expect(on.outcome).not.toHaveBeenCalled();
  expect(on.unknown).not.toHaveBeenCalled();
});

test.each([
  ["no answer", () => Promise.resolve({error: {type: "api_connection_error"}})],
  ["an error of its own", () => Promise.reject(new Error("IntegrationError"))],
])("whether the card was charged is not known: %s", async (_, answer) => {
  confirmPayment.mockImplementation(answer);
  show();
  await userEvent.click(await ready());
  await waitFor(() => expect(on.unknown).toHaveBeenCalledOnce());
  expect(on.outcome).not.toHaveBeenCalled();
});

test("Stripe's form speaks the page's language, and is paid with once it is there", async () => {
  show("de");
  await waitFor(() => expect(listeners.has("ready")).toBe(true));
  expect(options).toMatchObject({locale: "de", clientSecret: "pi_1_secret_2"});
  expect(screen.getByText("Die Zahlung wird geöffnet …")).toBeInTheDocument();
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

test("a form that can't be loaded is said, and loaded again", async () => {
  show();
  await waitFor(() => expect(listeners.has("loaderror")).toBe(true));
  tell("loaderror");
  expect(screen.getByRole("alert")).toHaveTextContent("The card form could not be loaded");
  listeners.clear();
  await userEvent.click(screen.getByRole("button", {name: "Try again"}));
  expect(await ready()).toBeEnabled();
});

test("a script that can't be loaded is said, and loaded again", async () => {
  loadStripe.mockRejectedValueOnce(new Error("Failed to load Stripe.js"));
  show();
  expect(await screen.findByRole("alert")).toHaveTextContent("The card form could not be loaded");
  await userEvent.click(screen.getByRole("button", {name: "Try again"}));
  expect(await ready()).toBeEnabled();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});
