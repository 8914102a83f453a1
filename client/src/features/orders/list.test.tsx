import {screen, within} from "@testing-library/react";
import {expect, test, vi} from "vitest";
import {anOrder} from "../../../test/orders";
import {renderPage} from "../../../test/render";
import type {Order} from "@/lib/api";
import {OrderList} from "./list";

vi.mock("next/navigation", () => ({useRouter: () => ({})}));

const row = (title: string) => within(screen.getByRole("link", {name: title}).closest("li")!);

function order(id: string, title: string, changes: Partial<Order>): Order {
  return anOrder({id, ticket: {id: `t-${id}`, title, price: 49.5, currency: "eur"}, ...changes});
}

test("says of each how it stands, and leads to the payment of what can be paid", () => {
  renderPage(
    <OrderList
      first
      orders={[
        order("o1", "First night", {}),
        order("o2", "Second night", {status: "awaiting:payment"}),
        order("o3", "Third night", {status: "complete"}),
        order("o4", "Fourth night", {status: "cancelled", reason: "payment_failed"}),
        order("o5", "Last night", {status: "cancelled"}),
      ]}
    />,
  );
  expect(row("First night").getByText("Reserved, not paid")).toBeInTheDocument();
  expect(row("First night").getByRole("link", {name: "Pay for First night"})).toHaveAttribute("href", "/orders/o1/pay");
  expect(row("Second night").getByText("Reserved, not paid")).toBeInTheDocument();
  expect(row("Second night").getByRole("link", {name: "Pay for Second night"})).toBeInTheDocument();
  expect(row("Third night").getByText("Yours")).toBeInTheDocument();
  expect(row("Third night").getByRole("link", {name: "Show the order of Third night"})).toHaveAttribute("href", "/orders/o3");
  expect(row("Fourth night").getByText("Card declined")).toBeInTheDocument();
  expect(row("Last night").getByText("Cancelled")).toBeInTheDocument();
  expect(screen.getAllByRole("link", {name: /^Pay for/})).toHaveLength(2);
});

test("leads on to the older ones, and back to the newest", () => {
  renderPage(<OrderList orders={[anOrder()]} first={false} next="c/2" />);
  expect(screen.getByRole("link", {name: "Older orders"})).toHaveAttribute("href", "/orders?cursor=c%2F2");
  expect(screen.getByRole("link", {name: "Newest orders"})).toHaveAttribute("href", "/orders");
});

test("who has ordered nothing yet is shown where to look", () => {
  renderPage(<OrderList orders={[]} first />);
  expect(screen.getByRole("link", {name: "Look for tickets"})).toHaveAttribute("href", "/");
});
