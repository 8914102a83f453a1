// Every page of the shop, for what is looked at on each of them.
import {asked, created, expect, listed, offer, ordered, password, seller, shop, type Person} from "./shop.ts";

export type Sight = {
  name: string;
  signedIn?: boolean;
  status?: number;
  /** Where it is, once what is to be seen there has been made. */
  path: (who: Person) => Promise<string>;
  /** What is done there before it is looked at, in whatever language. */
  act?: (who: Person) => Promise<void>;
  /** It is not the shop's own, and speaks as it does. */
  foreign?: true;
};

const at = (path: string) => async () => path;

/** An order of theirs, paid with a token of the stand-in, and what was answered. */
async function paid(who: Person, title: string, token: string, status: number): Promise<string> {
  const orderId = await ordered(who, await listed(title));
  const answer = await who.api.post("/api/payments", {data: {orderId, token}});
  expect(answer.status(), await answer.text()).toBe(status);
  return orderId;
}

type Intent = {clientSecret: string; publishableKey: string; standIn: string};

/** An order of which the bank wants to hear that it is they who pay, and where it asks. */
async function toConfirm(who: Person, title: string): Promise<{orderId: string; bank: string}> {
  const orderId = await ordered(who, await listed(title));
  const {clientSecret, publishableKey, standIn} = await created<Intent>(who.api, "/api/payments/intents", {orderId});
  const answer = await who.api.post(`${shop}${standIn}/v1/payment_intents/${clientSecret.split("_secret")[0]}/confirm`, {
    headers: {Authorization: `Bearer ${publishableKey}`},
    form: {client_secret: clientSecret, payment_method: "pm_card_threeDSecure2Required", return_url: `${shop}/orders/${orderId}/pay`},
  });
  expect(answer.ok(), await answer.text()).toBe(true);
  const bank = async () => (await asked<{nextAction?: {url: string}}>(who.api, `/api/payments/${orderId}`)).nextAction?.url;
  await expect.poll(bank).toBeTruthy(); // payments looks at Stripe from time to time
  return {orderId, bank: (await bank())!};
}

/** An order of theirs that was given up. */
async function givenUp(who: Person, title: string): Promise<string> {
  const order = await ordered(who, await listed(title));
  expect((await who.api.delete(`/api/orders/${order}`)).ok()).toBe(true);
  return order;
}

/** Waits until an order's time is over. */
async function ended(who: Person, order: string): Promise<string> {
  const status = async () => (await asked<{status: string}>(who.api, `/api/orders/${order}`)).status;
  await expect.poll(status, {timeout: 60_000}).toBe("cancelled");
  return order;
}

/** Has somebody else reserve a ticket, and pay it if need be. Returns their order. */
async function taken(ticketId: string, pay = false): Promise<string> {
  const other = await seller();
  const {id: orderId} = await created(other, "/api/orders", {ticketId});
  if (pay) await created(other, "/api/payments", {orderId, token: "tok_visa"});
  await becomes(ticketId, pay ? "sold" : "reserved");
  await other.dispose();
  return orderId;
}

/** Waits until a ticket is shown as it is. */
async function becomes(ticketId: string, status: string): Promise<string> {
  const api = await seller();
  const now = async () => (await asked<{status: string}>(api, `/api/tickets/${ticketId}`)).status;
  await expect.poll(now, {timeout: 30_000}).toBe(status);
  await api.dispose();
  return ticketId;
}

/** A ticket of theirs. */
async function own({api}: Person, title: string): Promise<string> {
  return (await created(api, "/api/tickets", offer(title))).id;
}

async function withdrawn(who: Person, title: string): Promise<string> {
  const id = await own(who, title);
  expect((await who.api.delete(`/api/tickets/${id}`)).ok()).toBe(true);
  return id;
}

/** Opens the first of what opens on the page: a dialog that asks. */
const ask = async ({page, main}: Person) => {
  await main.locator("button[popovertarget]").first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
};

const send = ({main}: Person) => main.locator("form button[type=submit]").last().click();

export const sights: Sight[] = [
  {name: "home", path: at("/")},
  {name: "home-search", path: at("/?q=berliner&sort=price&city=Berlin")},
  {name: "home-nothing", path: at("/?q=nosuchthing")},
  {name: "ticket", path: async () => `/tickets/${await listed("A ticket to look at")}`},
  {name: "ticket-buy", signedIn: true, path: async () => `/tickets/${await listed("A ticket to be bought")}`},
  {name: "ticket-own", signedIn: true, path: async (who) => `/tickets/${await own(who, "A ticket of my own")}`},
  {name: "ticket-mine", signedIn: true, path: async (who) => {
    const ticket = await listed("A ticket of mine");
    await ordered(who, ticket);
    return `/tickets/${await becomes(ticket, "reserved")}`;
  }},
  {name: "ticket-taken", path: async () => {
    const ticket = await listed("Somebody else's ticket");
    await taken(ticket);
    return `/tickets/${ticket}`;
  }},
  {name: "ticket-sold", path: async () => {
    const ticket = await listed("A ticket that is gone");
    await taken(ticket, true);
    return `/tickets/${ticket}`;
  }},
  {name: "ticket-withdrawn", signedIn: true, path: async (who) => {
    const ticket = await withdrawn(who, "A ticket that is kept");
    await who.context.clearCookies();
    return `/tickets/${ticket}`;
  }},
  {name: "signin", path: at("/signin?to=/account&why=ended")},
  {name: "signin-wrong", path: at("/signin"), act: async (who) => {
    await who.page.locator("[name=email]").fill("nobody@example.com");
    await who.page.locator("[name=password]").fill(password);
    await send(who);
    await expect(who.main.getByRole("alert")).toBeVisible();
  }},
  {name: "signup", path: at("/signup")},
  {name: "account", signedIn: true, path: at("/account")},
  {name: "account-still", signedIn: true, path: at("/account?problem=signout")},
  {name: "checkout", signedIn: true, path: async (who) => `/orders/${await ordered(who, await listed("To be paid"))}/pay`},
  {name: "checkout-declined", signedIn: true, path: async (who) => `/orders/${await paid(who, "With a bad card", "tok_chargeDeclined", 402)}/pay`},
  {name: "checkout-bank", signedIn: true, path: async (who) => `/orders/${(await toConfirm(who, "To be confirmed")).orderId}/pay`},
  {name: "bank", signedIn: true, foreign: true, path: async (who) => (await toConfirm(who, "Confirmed there")).bank},
  {name: "order-paid", signedIn: true, path: async (who) => `/orders/${await paid(who, "One that is mine", "tok_visa", 201)}`},
  {name: "order-cancelled", signedIn: true, path: async (who) => `/orders/${await givenUp(who, "One for others")}`},
  {name: "order-expired", signedIn: true, path: async (who) => `/orders/${await ended(who, await ordered(who, await listed("Too late"), 1))}`},
  {name: "order", signedIn: true, path: async (who) => `/orders/${await ordered(who, await listed("One that is held"))}`},
  {
    name: "orders", signedIn: true, path: async (who) => {
      await paid(who, "One that is mine", "tok_visa", 201);
      await givenUp(who, "One that I gave up");
      await ordered(who, await listed("One that I may buy"));
      return "/orders";
    },
  },
  {name: "menu", signedIn: true, path: at("/orders"), act: async ({page}) => {
    await page.locator("button[popovertarget=account-menu]").click();
    await expect(page.locator("#account-menu")).toBeVisible();
  }},
  {name: "orders-none", signedIn: true, path: at("/orders")},
  {name: "sell", signedIn: true, path: at("/sell")},
  {name: "sell-typed", signedIn: true, path: at("/sell"), act: async (who) => {
    const fields = {title: "Der Sturm", venue: "Burgtheater", city: "Wien", quantity: "2", section: "Parkett", price: "viel"};
    for (const [name, value] of Object.entries(fields)) await who.page.locator(`[name=${name}]`).fill(value);
    await who.page.locator("[name=category]").selectOption("theatre");
    await send(who);
    await expect(who.page.locator("[name=price]")).toHaveAttribute("aria-invalid", "true");
  }},
  {name: "sell-restored", signedIn: true, path: at("/sell"), act: async ({page, main}) => {
    await page.locator("[name=title]").fill("Der Sturm");
    await page.reload();
    await expect(main.locator("form [role=status]").first()).toBeVisible();
    await expect(page.locator("[name=title]")).toHaveValue("Der Sturm");
  }},
  {name: "listings-none", signedIn: true, path: at("/listings")},
  {
    name: "listings", signedIn: true, path: async (who) => {
      await withdrawn(who, "One that I keep");
      await taken(await own(who, "One that somebody wants"));
      await taken(await own(who, "One that somebody has"), true);
      await own(who, "One of my listings");
      return "/listings";
    },
  },
  {name: "listings-asked", signedIn: true, act: ask, path: async (who) => {
    await own(who, "One that I may keep");
    return "/listings";
  }},
  {name: "edit", signedIn: true, path: async (who) => `/listings/${await own(who, "A listing to be edited")}/edit`},
  {name: "edit-reserved", signedIn: true, path: async (who) => {
    const ticket = await own(who, "A listing that somebody wants");
    await taken(ticket);
    return `/listings/${ticket}/edit`;
  }},
  {name: "edit-sold", signedIn: true, path: async (who) => {
    const ticket = await own(who, "A listing that somebody has");
    await taken(ticket, true);
    return `/listings/${ticket}/edit`;
  }},
  {name: "offline", path: at("/offline"), foreign: true},
  {name: "forbidden", signedIn: true, status: 403, path: async () => `/orders/${await taken(await listed("Somebody else's order"))}`},
  {name: "not-found", status: 404, path: at("/nowhere")},
];
