import {useIsFetching} from "@tanstack/react-query";
import {act, cleanup, screen, waitFor, within} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {afterEach, beforeEach, expect, test, vi} from "vitest";
import {anApi, json, problem} from "../../../../test/api";
import {anOrder} from "../../../../test/orders";
import {renderPage} from "../../../../test/render";
import {tabs} from "../../../../test/tabs";
import {aStream, aTicket} from "../../../../test/tickets";
import {QueryProvider} from "@/components/live/query-provider";
import type {Order, Ticket} from "@/lib/api";
import {Offer} from "./offer";

const push = vi.fn();
vi.mock("next/navigation", () => ({
  useRouter: () => ({push}),
  usePathname: () => "/tickets/t1",
  useSearchParams: () => new URLSearchParams(),
}));

let stream: ReturnType<typeof aStream>;
let others: ReturnType<typeof tabs>;

beforeEach(() => {
  push.mockReset();
  stream = aStream();
  others = tabs();
  vi.spyOn(Math, "random").mockReturnValue(0); // who asks whose an order is asks at once
});

afterEach(() => vi.useRealTimers());

type Visit = {ticket?: Ticket; order?: Order | null; userId?: string; similar?: boolean; locale?: "en" | "de"};

function show({ticket = aTicket(), userId = "buyer", similar = true, locale, ...visit}: Visit = {}) {
  const order = "order" in visit ? visit.order : null;
  renderPage(
    <QueryProvider>
      <Offer given={ticket} order={order} userId={userId || undefined} similar={similar} />
      <Asking />
    </QueryProvider>,
    locale,
  );
}

/** Says how many questions to the API have no answer yet. */
function Asking() {
  return <data data-testid="asking" value={useIsFetching()} />;
}

const buy = () => screen.getByRole("button", {name: "Buy"});
const orders = (calls: {path: string; headers: Headers}[]) => calls.filter(({path}) => path === "/api/orders");

test("buys once, however often one clicks, and goes on to payment", async () => {
  let finish = (_: Response) => {};
  const calls = anApi({"POST /api/orders": () => new Promise((resolve) => (finish = resolve))});
  show();
  await userEvent.dblClick(buy());
  await userEvent.click(screen.getByRole("button", {name: "Reserving …"}));
  finish(Response.json(anOrder(), {status: 201}));
  await waitFor(() => expect(push).toHaveBeenCalledWith("/orders/o1/pay"));
  expect(orders(calls)).toHaveLength(1);
  expect(calls[0]).toMatchObject({body: {ticketId: "t1"}});
});

test("the news of one's own purchase, before its answer, is not told as somebody else's", async () => {
  let finish = (_: Response) => {};
  anApi({"POST /api/orders": () => new Promise((resolve) => (finish = resolve))});
  show();
  await userEvent.click(buy());
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  expect(screen.queryByText("Somebody else is just buying this.")).not.toBeInTheDocument();
  expect(screen.getByRole("button", {name: "Reserving …"})).toBeInTheDocument();
  finish(Response.json(anOrder(), {status: 201}));
  await waitFor(() => expect(push).toHaveBeenCalledWith("/orders/o1/pay"));
  expect(screen.queryByText("Somebody else is just buying this.")).not.toBeInTheDocument();
});

test("a try whose answer was lost is made again under its key", async () => {
  const lost = () => Promise.reject(new TypeError("fetch failed"));
  const calls = anApi({"POST /api/orders": [lost, json(anOrder(), 201)]});
  show();
  await userEvent.click(buy());
  expect(await screen.findByRole("alert")).toHaveTextContent("There was no answer");
  await userEvent.click(buy());
  await waitFor(() => expect(push).toHaveBeenCalledWith("/orders/o1/pay"));
  const [first, second] = orders(calls).map(({headers}) => headers.get("Idempotency-Key"));
  expect(first).toMatch(/^[0-9a-f]{32}$/);
  expect(second).toBe(first);
});

test("when somebody was faster it says so, and offers others", async () => {
  anApi({
    "POST /api/orders": problem(409, {code: "reserved"}),
    "GET /api/tickets/t1": json(aTicket({status: "reserved", orderId: "o9", version: 2})),
    "GET /api/orders": json([]),
  });
  show();
  await userEvent.click(buy());
  expect(await screen.findByText("Somebody else is just buying this.")).toBeInTheDocument();
  expect(screen.getByRole("link", {name: "Others you may like"})).toHaveAttribute("href", "#similar");
  expect(screen.queryByRole("button", {name: "Buy"})).not.toBeInTheDocument();
  expect(screen.getByRole("status")).toHaveFocus(); // the button that had it is gone
  expect(push).not.toHaveBeenCalled();

  stream.tell(aTicket({version: 3}));
  expect(await screen.findByText("It is for sale again.")).toBeInTheDocument();
  expect(buy()).toBeEnabled();
  expect(screen.queryByRole("alert")).not.toBeInTheDocument(); // that somebody was faster is over
});

test("two clicks in one moment ask once", async () => {
  const calls = anApi({"POST /api/orders": json(anOrder(), 201)});
  show();
  const button = buy();
  act(() => {
    button.click();
    button.click();
  });
  await waitFor(() => expect(push).toHaveBeenCalledWith("/orders/o1/pay"));
  expect(orders(calls)).toHaveLength(1);
});

test("what one has reserved already is paid, not bought again", async () => {
  anApi({"POST /api/orders": problem(409, {code: "reserved_by_you", orderId: "o7"})});
  show();
  await userEvent.click(buy());
  await waitFor(() => expect(push).toHaveBeenCalledWith("/orders/o7/pay"));
});

test("a session that has ended leads to sign in, and back", async () => {
  const calls = anApi({"POST /api/orders": problem(401), "POST /api/users/refresh": problem(401)});
  history.replaceState(null, "", "/tickets/t1");
  show();
  await userEvent.click(buy());
  await waitFor(() => expect(push).toHaveBeenCalledWith("/signin?to=%2Ftickets%2Ft1&why=ended"));
  expect(calls.map(({path}) => path)).toEqual(["/api/orders", "/api/users/refresh"]);
});

test("a session whose token has run out is renewed on the way", async () => {
  anApi({"POST /api/orders": [problem(401), json(anOrder(), 201)], "POST /api/users/refresh": json({})});
  show();
  await userEvent.click(buy());
  await waitFor(() => expect(push).toHaveBeenCalledWith("/orders/o1/pay"));
});

test("follows what others do while one looks", async () => {
  anApi({"GET /api/orders": json([])});
  show();
  expect(stream.listening()).toEqual(["/api/tickets/stream?id=t1"]);
  const status = screen.getByRole("status");
  stream.tell(aTicket({status: "reserved", orderId: "o9", version: 3}));
  stream.tell(aTicket({version: 2})); // late: it was so before
  await waitFor(() => expect(status).toHaveTextContent("Somebody else is just buying this."));
  expect(screen.queryByRole("button", {name: "Buy"})).not.toBeInTheDocument();
  stream.tell(aTicket({version: 4}));
  expect(await screen.findByRole("button", {name: "Buy"})).toBeEnabled();
  stream.tell(aTicket({version: 5, price: 60}));
  await waitFor(() => expect(status).toHaveTextContent("The seller has just changed something."));
  expect(screen.getByText("€60")).toBeInTheDocument();
});

test("a purchase that one makes on another device is one's own, also when it is sold then", async () => {
  let finish = (_: Response) => {};
  const calls = anApi({"GET /api/orders": () => new Promise((resolve) => (finish = resolve))});
  show();
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  expect(await screen.findByText("This is reserved.")).toBeInTheDocument();
  expect(screen.queryByText(/Somebody else|can’t tell/)).not.toBeInTheDocument();
  finish(Response.json([anOrder({id: "o7"}), anOrder()]));
  expect(await screen.findByRole("link", {name: "Go on to payment"})).toHaveAttribute("href", "/orders/o1/pay");
  stream.tell(aTicket({status: "sold", orderId: "o1", version: 3}));
  expect(await screen.findByRole("link", {name: "See the order"})).toHaveAttribute("href", "/orders/o1");
  expect(calls).toHaveLength(1);
});

test("a purchase that another tab tells of is one's own, and nobody is asked", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.9);
  const calls = anApi({});
  show();
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  expect(await screen.findByText("This is reserved.")).toBeInTheDocument();
  others.tell(anOrder({id: "o7", userId: "somebody"}));
  others.tell(anOrder({userId: "buyer"}));
  expect(await screen.findByRole("link", {name: "Go on to payment"})).toHaveAttribute("href", "/orders/o1/pay");
  // Also when the other tab was faster than the shop.
  others.tell(anOrder({id: "o2", userId: "buyer"}));
  stream.tell(aTicket({version: 3}));
  stream.tell(aTicket({status: "reserved", orderId: "o2", version: 4}));
  expect(await screen.findByRole("link", {name: "Go on to payment"})).toHaveAttribute("href", "/orders/o2/pay");
  expect(screen.queryByText(/Somebody else/)).not.toBeInTheDocument();
  expect(calls).toEqual([]);
});

test("what somebody else has bought in another tab, after one has signed out there, is not one's own", async () => {
  anApi({"GET /api/orders": json([])});
  show();
  others.tell(anOrder({userId: "somebody"}));
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  expect(await screen.findByText("Somebody else is just buying this.")).toBeInTheDocument();
});

test("tells the other tabs of what is bought in this one", async () => {
  anApi({"POST /api/orders": json(anOrder(), 201)});
  show();
  await userEvent.click(buy());
  await waitFor(() => expect(others.told).toEqual([anOrder()]));
});

test("who has tried to buy it, and heard no answer, is told at once that it is theirs", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.9);
  anApi({"POST /api/orders": problem(503), "GET /api/orders": json([anOrder()])});
  show();
  await userEvent.click(buy());
  expect(await screen.findByRole("alert")).toBeInTheDocument();
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  expect(await screen.findByRole("link", {name: "Go on to payment"})).toHaveAttribute("href", "/orders/o1/pay");
});

test("of many who look, few ask in the same moment, and none for what is free again by then", async () => {
  vi.useFakeTimers({shouldAdvanceTime: true});
  vi.spyOn(Math, "random").mockReturnValue(0.9);
  const calls = anApi({"GET /api/orders": json([])});
  show();
  const pass = (seconds: number) => act(() => vi.advanceTimersByTimeAsync(seconds * 1000));
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  await pass(10);
  // What is known is said meanwhile, and where there are others.
  expect(screen.getByRole("status")).toHaveTextContent(/This is reserved\..*If it isn’t paid in time/);
  expect(screen.getByRole("link", {name: "Others you may like"})).toBeInTheDocument();
  stream.tell(aTicket({orderId: "o1", version: 3}));
  await pass(10);
  expect(screen.getByRole("status")).toHaveTextContent("It is for sale again.");
  expect(calls).toEqual([]);
  stream.tell(aTicket({status: "reserved", orderId: "o2", version: 4}));
  await pass(15);
  expect(screen.getByText("Somebody else is just buying this.")).toBeInTheDocument();
  expect(calls.map(({path}) => path)).toEqual(["/api/orders"]);
});

test("a purchase of somebody else's after one's own has ended is theirs", async () => {
  anApi({"GET /api/orders": json([anOrder({status: "cancelled", reason: "expired"})])});
  show({ticket: aTicket({status: "reserved", orderId: "o1"}), order: anOrder()});
  stream.tell(aTicket({version: 2}));
  stream.tell(aTicket({status: "reserved", orderId: "o2", version: 3}));
  expect(await screen.findByText("Somebody else is just buying this.")).toBeInTheDocument();
});

test("whose a purchase is that can't be told at once, is told as soon as it can be", async () => {
  anApi({"GET /api/orders": [problem(503), json([])]});
  show({ticket: aTicket({status: "reserved", orderId: "o1"}), order: undefined});
  expect(await screen.findByText(/We can’t tell at the moment/)).toBeInTheDocument();
  expect(await screen.findByText("Somebody else is just buying this.")).toBeInTheDocument();
});

test("what was sold long ago is nobody else's because it is not among one's newest orders", async () => {
  const calls = anApi({"GET /api/orders": json([])});
  show({ticket: aTicket({status: "sold", orderId: "o1"}), order: undefined});
  await waitFor(() => expect(calls).toHaveLength(1));
  await waitFor(() => expect(screen.getByTestId("asking")).toHaveAttribute("value", "0"));
  expect(screen.getByText(/We can’t tell at the moment/)).toBeInTheDocument();
});

test("nobody is asked who is not signed in any more, and none leaves the page for it", async () => {
  const calls = anApi({"GET /api/orders": problem(401), "POST /api/users/refresh": problem(401)});
  show();
  stream.tell(aTicket({status: "reserved", orderId: "o1", version: 2}));
  expect(await screen.findByText("Somebody else is just buying this.")).toBeInTheDocument();
  expect(push).not.toHaveBeenCalled();
  expect(calls.map(({path}) => path)).toEqual(["/api/orders", "/api/users/refresh"]);
});

test("leads to others only when there are", () => {
  const ticket = aTicket({status: "past"});
  show({ticket});
  expect(screen.getByRole("link", {name: "Others you may like"})).toHaveAttribute("href", "#similar");
  cleanup();
  show({ticket, similar: false});
  expect(screen.queryByRole("link")).not.toBeInTheDocument();
});

test("who is not signed in is sent there, and back", () => {
  show({userId: ""});
  expect(screen.getByRole("link", {name: "Sign in to buy"})).toHaveAttribute("href", "/signin?to=%2Ftickets%2Ft1");
});

test("one's own listing is edited, and not bought", () => {
  show({userId: "seller"});
  expect(screen.getByRole("link", {name: "Edit it"})).toHaveAttribute("href", "/listings/t1/edit");
  expect(screen.queryByRole("button")).not.toBeInTheDocument();
});

test("one's own reservation leads to its payment", () => {
  show({ticket: aTicket({status: "reserved", orderId: "o1"}), order: anOrder()});
  expect(screen.getByRole("link", {name: "Go on to payment"})).toHaveAttribute("href", "/orders/o1/pay");
});

test("does not call a reservation somebody else's that may be one's own", () => {
  show({ticket: aTicket({status: "reserved", orderId: "o1"}), order: undefined});
  expect(screen.queryByText(/Somebody else/)).not.toBeInTheDocument();
  expect(screen.getByRole("link", {name: "My orders"})).toHaveAttribute("href", "/orders");
});

test("speaks German, with its way to write money", () => {
  show({ticket: aTicket({price: 1249.5, originalPrice: 2499}), locale: "de"});
  const offer = within(screen.getByRole("complementary"));
  expect(offer.getByText(/^1\.249,50/)).toBeInTheDocument();
  expect(offer.getByText(/50\s%/)).toBeInTheDocument();
  expect(offer.getByRole("button", {name: "Kaufen"})).toBeEnabled();
});
