import {screen, waitFor} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {QueryClient, QueryClientProvider} from "@tanstack/react-query";
import {beforeEach, expect, test, vi} from "vitest";
import {anOrder, answer, aPayment} from "../../../test/orders";
import {renderPage} from "../../../test/render";
import type {Payment} from "@/lib/api";
import {PayForm} from "./pay-form";

const replace = vi.fn();
vi.mock("next/navigation", () => ({useRouter: () => ({replace})}));

const intent = {clientSecret: "pi_1_secret_2", publishableKey: "pk_test_standin", amount: 49.5, currency: "eur", standIn: "/stripe-standin"};
const declined = (decline_code: string, message = "Your card was declined.") =>
  answer({error: {type: "card_error", code: "card_declined", decline_code, message}}, undefined, 402);

type Call = {method: string; path: string; body: string; headers: Headers};
let calls: Call[];

/** Answers the page's calls, by method and path. */
function answering(answers: Record<string, () => Response | Promise<Response>>) {
  calls = [];
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(input, init);
    const path = new URL(request.url).pathname;
    calls.push({method: request.method, path, body: await request.text(), headers: request.headers});
    const found = answers[`${request.method} ${path}`];
    if (!found) throw new TypeError(`nothing answers ${request.method} ${path}`);
    return found();
  });
}

const confirmPath = "/stripe-standin/v1/payment_intents/pi_1/confirm";
const opened = {
  "POST /api/payments/intents": () => answer(intent),
  "GET /api/payments/o1": () => answer(aPayment()),
};
const to = (path: string) => calls.filter((call) => call.path === path);

function show(payment: Payment | null = null, locale: "en" | "de" = "en") {
  renderPage(
    <QueryClientProvider client={new QueryClient({defaultOptions: {queries: {retry: false}}})}>
      <PayForm order={anOrder()} payment={payment} withStripe={false} />
    </QueryClientProvider>,
    locale,
  );
}

beforeEach(() => replace.mockReset());

test("pays with the card that was chosen, and goes on to the order", async () => {
  answering({...opened, [`POST ${confirmPath}`]: () => answer({status: "succeeded"})});
  show();
  await userEvent.click(screen.getByRole("radio", {name: "Mastercard"}));
  await userEvent.click(screen.getByRole("button", {name: "Pay €49.50"}));
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/orders/o1"));
  const [call] = to(confirmPath);
  expect(call?.headers.get("Authorization")).toBe("Bearer pk_test_standin");
  expect(Object.fromEntries(new URLSearchParams(call?.body))).toEqual({
    client_secret: "pi_1_secret_2",
    payment_method: "pm_card_mastercard",
    return_url: `${location.origin}/orders/o1/pay`,
  });
});

test("a double click pays once, and opens one payment", async () => {
  let finish = (_: Response) => {};
  answering({...opened, [`POST ${confirmPath}`]: () => new Promise<Response>((resolve) => (finish = resolve))});
  show();
  await userEvent.dblClick(screen.getByRole("button", {name: "Pay €49.50"}));
  await waitFor(() => expect(to(confirmPath)).toHaveLength(1));
  finish(answer({status: "succeeded"}));
  await waitFor(() => expect(replace).toHaveBeenCalled());
  expect(to(confirmPath)).toHaveLength(1);
  expect(to("/api/payments/intents")).toHaveLength(1);
});

test("says why a card was declined, and another one can be tried", async () => {
  const answers = [declined("insufficient_funds"), answer({status: "succeeded"})];
  answering({...opened, [`POST ${confirmPath}`]: () => answers.shift()!});
  show();
  await userEvent.click(screen.getByRole("radio", {name: "Not enough money"}));
  await userEvent.click(screen.getByRole("button", {name: /^Pay/}));
  expect(await screen.findByRole("alert")).toHaveTextContent("There is not enough money on this card.");
  expect(screen.getByRole("alert")).toHaveFocus(); // it is above what one sees of the cards
  expect(replace).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole("radio", {name: "Visa"}));
  await userEvent.click(screen.getByRole("button", {name: /^Pay/}));
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/orders/o1"));
  expect(screen.queryByRole("alert")).not.toBeInTheDocument();
});

test("does not tell that a card is stolen, and takes Stripe's sentence where it has none of its own", async () => {
  const answers = [declined("stolen_card"), declined("new_code", "Your card does not like Mondays.")];
  answering({...opened, [`POST ${confirmPath}`]: () => answers.shift()!});
  show(null, "de");
  await userEvent.click(screen.getByRole("button", {name: /bezahlen/}));
  expect(await screen.findByRole("alert")).toHaveTextContent("Die Bank hat die Karte abgelehnt.");
  await userEvent.click(screen.getByRole("button", {name: /bezahlen/}));
  expect(await screen.findByText(/Mondays/)).toBeInTheDocument();
});

test("without an answer it looks whether the card was charged", async () => {
  let paid = false;
  answering({
    ...opened,
    "GET /api/payments/o1": () => answer(aPayment({status: paid ? "succeeded" : "created"})),
    [`POST ${confirmPath}`]: () => {
      paid = true;
      throw new TypeError("fetch failed");
    },
  });
  show();
  await userEvent.click(screen.getByRole("button", {name: /^Pay/}));
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/orders/o1"));
});

test("an order that is closed leads to its page", async () => {
  answering({...opened, "POST /api/payments/intents": () => answer({detail: "It is over.", errors: []}, undefined, 409)});
  show();
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/orders/o1"));
});

test("shows the way to the bank while it waits for consent, and lets another card be tried", async () => {
  const asked = aPayment({status: "requires_action", nextAction: {url: "http://shop/3ds/1"}});
  answering({...opened, "GET /api/payments/o1": () => answer(asked)});
  show(asked);
  expect(screen.getByRole("link", {name: "Go to your bank"})).toHaveAttribute("href", "http://shop/3ds/1");
  expect(to("/api/payments/intents")).toHaveLength(0);
  await userEvent.click(screen.getByRole("button", {name: "Use another card"}));
  expect(screen.getByRole("radio", {name: "Visa"})).toBeChecked();
});

test("remembers why the card before was declined, when one comes back from the bank", () => {
  answering(opened);
  show(aPayment({status: "failed", failure: {code: "expired_card", message: "…"}}));
  expect(screen.getByRole("alert")).toHaveTextContent("This card has expired.");
});

test("says so where an order costs what no card can be charged, and does not lead in circles", async () => {
  const body = {detail: "No.", code: "amount_too_small", errors: [{message: "No."}]};
  answering({...opened, "POST /api/payments/intents": () => answer(body, undefined, 409)});
  show();
  expect(await screen.findByRole("alert")).toHaveTextContent("less than a card can be charged");
  expect(replace).not.toHaveBeenCalled();
});
