import {screen, waitFor} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {QueryClient, QueryClientProvider} from "@tanstack/react-query";
import {expect, test, vi} from "vitest";
import {anOrder, answer, aPayment, madeAt} from "../../../test/orders";
import {renderPage} from "../../../test/render";
import type {Order} from "@/lib/api";
import {OrderView} from "./order-view";
import type {MaybePayment} from "./standing";

vi.mock("./actions", () => ({cancelOrder: vi.fn()}));

function show(order: Order, payment: MaybePayment) {
  renderPage(
    <QueryClientProvider client={new QueryClient({defaultOptions: {queries: {retry: false}}})}>
      <OrderView order={order} payment={payment} now={madeAt} cancelFailed={false} />
    </QueryClientProvider>,
  );
}

/** The API, whose order and payment the test changes. */
function shop(state: {order: Order; payment: MaybePayment}) {
  const calls: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const call = `${request.method} ${new URL(request.url).pathname}`;
    calls.push(call);
    if (call === "DELETE /api/orders/o1") {
      if (state.order.status === "complete") return answer({detail: "It is paid.", errors: []}, madeAt, 409);
      state.order = anOrder({status: "cancelled", reason: "buyer"});
      return new Response(null, {status: 204});
    }
    if (call === "GET /api/orders/o1") return answer(state.order);
    return state.payment ? answer(state.payment) : answer({detail: "None.", errors: []}, madeAt, 404);
  });
  return calls;
}

/** An order of which a payment has been begun. */
const begun = (changes: Partial<Order> = {}) =>
  anOrder({status: "awaiting:payment", awaitingSince: new Date(madeAt).toISOString(), ...changes});

test("follows the order until it is complete, and then stops asking", async () => {
  const state = {order: begun(), payment: aPayment({status: "processing"})};
  const calls = shop(state);
  show(state.order, state.payment);
  expect(screen.getByRole("heading", {name: "Your bank is working on it"})).toBeInTheDocument();
  state.order = begun({status: "complete"});
  state.payment = aPayment({status: "succeeded"});
  expect(await screen.findByRole("heading", {name: "It is yours."}, {timeout: 5000})).toBeInTheDocument();
  expect(screen.queryByRole("button", {name: "Give it up"})).not.toBeInTheDocument();
  const asked = calls.length;
  await expect(waitFor(() => expect(calls.length).toBeGreaterThan(asked), {timeout: 2500})).rejects.toThrow();
});

test("leads to payment while it can be paid", () => {
  const state = {order: anOrder(), payment: null};
  shop(state);
  show(state.order, state.payment);
  expect(screen.getByRole("link", {name: "Pay now"})).toHaveAttribute("href", "/orders/o1/pay");
  expect(screen.getByRole("timer")).toHaveTextContent("15:00");
});

test("is given up only after asking", async () => {
  const state: {order: Order; payment: MaybePayment} = {order: anOrder(), payment: null};
  const calls = shop(state);
  show(state.order, state.payment);
  await waitFor(() => expect(calls).toEqual(["GET /api/orders/o1"]));
  const [ask, yes] = screen.getAllByRole("button", {name: "Give it up", hidden: true});
  await userEvent.click(ask!);
  expect(calls).not.toContain("DELETE /api/orders/o1");
  await userEvent.click(yes!);
  expect(await screen.findByRole("heading", {name: "You have given it up"})).toBeInTheDocument();
  expect(screen.getByText("Nothing was charged.")).toBeInTheDocument();
  // What nobody has begun to pay is asked of nobody who would have to say that there is nothing.
  expect(calls).not.toContain("GET /api/payments/o1");
});

test("an order that was paid meanwhile is not given up", async () => {
  const state = {order: begun({status: "complete"}), payment: aPayment({status: "succeeded"})};
  shop(state);
  show(begun(), aPayment());
  const [, yes] = screen.getAllByRole("button", {name: "Give it up", hidden: true});
  await userEvent.click(yes!);
  expect(await screen.findByRole("heading", {name: "It is yours."})).toBeInTheDocument();
});

test.each([
  [aPayment({status: "refund_pending", refund: {status: "pending"}}), /Your payment came too late/],
  [aPayment({status: "refunded", refund: {status: "succeeded"}}), /gone back to your card/],
  [aPayment({status: "refund_pending", refund: {status: "failed"}}), /did not work yet/],
  [null, /Nothing was charged/],
] as const)("says what became of the money of an order that has expired", (payment, words) => {
  const cancelled = {status: "cancelled", reason: "expired"} as const;
  const state = {order: payment ? begun(cancelled) : anOrder(cancelled), payment};
  shop(state);
  show(state.order, state.payment);
  expect(screen.getByRole("status")).toHaveTextContent("The reservation has ended");
  expect(screen.getByText(words)).toBeInTheDocument();
});
