import {QueryClient, QueryClientProvider} from "@tanstack/react-query";
import {screen, waitFor} from "@testing-library/react";
import {beforeEach, expect, test, vi} from "vitest";
import {anOrder, answer} from "../../../test/orders";
import {renderPage} from "../../../test/render";
import type {Order} from "@/lib/api";
import {Reservation} from "./reservation";

const replace = vi.fn();
const router = {replace};
vi.mock("next/navigation", () => ({useRouter: () => router}));

beforeEach(() => replace.mockReset());

function show(order: Order, now: number) {
  vi.stubGlobal("fetch", async () => answer(order));
  renderPage(
    <QueryClientProvider client={new QueryClient({defaultOptions: {queries: {retry: false}}})}>
      <Reservation order={order} payment={null} now={now}>
        <button>Pay</button>
      </Reservation>
    </QueryClientProvider>,
  );
}

test("what is around it can be used while the time runs", () => {
  const order = anOrder();
  show(order, Date.parse(order.createdAt));
  expect(screen.getByRole("button", {name: "Pay"})).toBeVisible();
  expect(screen.queryByText(/time is up/i)).not.toBeInTheDocument();
});

test("when the time is up it says so, and nothing more can be begun", () => {
  const order = anOrder();
  show(order, Date.parse(order.expiresAt));
  expect(screen.getByRole("heading", {name: /time is up/i})).toBeVisible();
  expect(screen.queryByRole("button", {name: "Pay"})).not.toBeInTheDocument();
});

test("of one that has been paid it says nothing of the time, and goes on to the order", async () => {
  const order = anOrder({status: "complete"});
  show(order, Date.parse(order.createdAt));
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/orders/o1"));
  expect(screen.queryByText(/time is up/i)).not.toBeInTheDocument();
  expect(screen.queryByRole("button", {name: "Pay"})).not.toBeInTheDocument();
});
