// Every page of the shop, for what is looked at on each of them.
import {created, expect, listed, offer, ordered, seller, type Person} from "./shop.ts";

export type Sight = {
  name: string;
  signedIn?: boolean;
  status?: number;
  /** Where it is, once what is to be seen there has been made. */
  path: (who: Person) => Promise<string>;
};

const at = (path: string) => async () => path;

/** An order of theirs, paid with a token of the stand-in, and what was answered. */
async function paid(who: Person, title: string, token: string, status: number): Promise<string> {
  const orderId = await ordered(who, await listed(title));
  const answer = await who.api.post("/api/payments", {data: {orderId, token}});
  expect(answer.status(), await answer.text()).toBe(status);
  return orderId;
}

/** An order of theirs that was given up. */
async function givenUp(who: Person, title: string): Promise<string> {
  const order = await ordered(who, await listed(title));
  expect((await who.api.delete(`/api/orders/${order}`)).ok()).toBe(true);
  return order;
}

/** A ticket that somebody else has reserved, and their order. */
async function taken(title: string): Promise<{ticket: string; order: string}> {
  const ticket = await listed(title);
  const other = await seller();
  const {id} = await created(other, "/api/orders", {ticketId: ticket});
  await other.dispose();
  return {ticket, order: id};
}

export const sights: Sight[] = [
  {name: "home", path: at("/")},
  {name: "home-search", path: at("/?q=berliner&sort=price&city=Berlin")},
  {name: "home-nothing", path: at("/?q=nosuchthing")},
  {name: "ticket", path: async () => `/tickets/${await listed("A ticket to look at")}`},
  {name: "ticket-mine", signedIn: true, path: async (who) => {
    const ticket = await listed("A ticket of mine");
    await ordered(who, ticket);
    return `/tickets/${ticket}`;
  }},
  {name: "ticket-taken", path: async () => `/tickets/${(await taken("Somebody else's ticket")).ticket}`},
  {name: "signin", path: at("/signin?to=/account&why=ended")},
  {name: "signup", path: at("/signup")},
  {name: "account", signedIn: true, path: at("/account")},
  {name: "checkout", signedIn: true, path: async (who) => `/orders/${await ordered(who, await listed("To be paid"))}/pay`},
  {name: "checkout-declined", signedIn: true, path: async (who) => `/orders/${await paid(who, "Declined", "tok_chargeDeclined", 402)}/pay`},
  {name: "order-paid", signedIn: true, path: async (who) => `/orders/${await paid(who, "Paid", "tok_visa", 201)}`},
  {name: "order-cancelled", signedIn: true, path: async (who) => `/orders/${await givenUp(who, "Given up")}`},
  {name: "order", signedIn: true, path: async (who) => `/orders/${await ordered(who, await listed("Reserved"))}`},
  {
    name: "orders", signedIn: true, path: async (who) => {
      await paid(who, "One that is mine", "tok_visa", 201);
      await givenUp(who, "One that I gave up");
      await ordered(who, await listed("One that I may buy"));
      return "/orders";
    },
  },
  {name: "orders-none", signedIn: true, path: at("/orders")},
  {name: "sell", signedIn: true, path: at("/sell")},
  {name: "listings-none", signedIn: true, path: at("/listings")},
  {
    name: "listings", signedIn: true, path: async (who) => {
      for (const title of ["One of my listings", "Another of my listings"]) await created(who.api, "/api/tickets", offer(title));
      return "/listings";
    },
  },
  {
    name: "edit", signedIn: true, path: async (who) => {
      const {id} = await created(who.api, "/api/tickets", offer("A listing to be edited"));
      return `/listings/${id}/edit`;
    },
  },
  {name: "offline", path: at("/offline")},
  {name: "forbidden", signedIn: true, status: 403, path: async () => `/orders/${(await taken("Somebody else's order")).order}`},
  {name: "not-found", status: 404, path: at("/nowhere")},
];
