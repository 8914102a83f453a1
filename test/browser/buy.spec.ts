import type {Page} from "@playwright/test";
import {sizes} from "./look.ts";
import {asked, expect, listed, ordered, password, tabTo, test, type Person} from "./shop.ts";

type Order = {id: string; status: string; ticket: {id: string}};

/** Buys on the ticket's page, and comes to its payment. */
async function buy(who: Person, ticketId: string): Promise<string> {
  await who.page.goto(`/tickets/${ticketId}`);
  await who.main.getByRole("button", {name: "Buy"}).click();
  await expect(who.page).toHaveURL(/\/orders\/[^/]+\/pay$/);
  return new URL(who.page.url()).pathname.split("/")[2]!;
}

async function pay(who: Person, card: string): Promise<void> {
  await who.main.getByRole("radio", {name: card, exact: true}).check();
  await who.main.getByRole("button", {name: /^Pay €/}).click();
}

async function expectOwned(who: Person, orderId: string): Promise<void> {
  await expect(who.page).toHaveURL(new RegExp(`/orders/${orderId}$`));
  await expect(who.main.getByRole("heading", {name: "It is yours."})).toBeVisible();
}

test("one signs in to buy, pays, and owns it", async ({people}) => {
  const ticket = await listed("The whole way");
  const who = await people.newcomer("buyer");
  const {page, main} = who;
  await who.context.clearCookies();

  await page.goto(`/?q=the+whole+way`);
  await main.getByRole("link", {name: "The whole way"}).click();
  await expect(main.getByRole("heading", {level: 1, name: "The whole way"})).toBeVisible();
  await main.getByRole("link", {name: "Sign in to buy"}).click();
  await expect(page).toHaveURL(/\/signin\?/);
  await who.signIn();
  await expect(page).toHaveURL(new RegExp(`/tickets/${ticket}$`));

  await main.getByRole("button", {name: "Buy"}).click();
  await expect(page).toHaveURL(/\/orders\/[^/]+\/pay$/);
  const order = new URL(page.url()).pathname.split("/")[2]!;
  await expect(main.getByRole("timer")).toContainText(/1[45]:\d\d/);
  await pay(who, "Visa");
  await expectOwned(who, order);

  await main.getByRole("link", {name: "All my orders"}).click();
  await expect(main.getByRole("listitem").filter({hasText: "The whole way"})).toContainText("Yours");
  await page.goto(`/tickets/${ticket}`);
  await expect(main).toContainText("You have bought this.");
});

test("a declined card is said, and another one can be tried", async ({people}) => {
  const who = await people.newcomer("buyer");
  const order = await buy(who, await listed("Declined at first"));
  await pay(who, "Not enough money");
  const alert = who.main.getByRole("alert");
  await expect(alert).toContainText("There is not enough money on this card.");
  await expect(alert).toContainText("Nothing was charged.");
  await pay(who, "Mastercard");
  await expectOwned(who, order);
});

test("the bank asks, and one approves", async ({people}) => {
  const who = await people.newcomer("buyer");
  const order = await buy(who, await listed("Asked, and approved"));
  await pay(who, "Asks, then pays");
  await who.page.getByRole("button", {name: "Approve"}).click();
  await expectOwned(who, order);
});

test("the bank asks, and one refuses, and tries another card", async ({people}) => {
  const who = await people.newcomer("buyer");
  const order = await buy(who, await listed("Asked, and refused"));
  await pay(who, "Asks, then pays");
  await who.page.getByRole("button", {name: "Refuse"}).click();
  await expect(who.page).toHaveURL(new RegExp(`/orders/${order}/pay$`));
  await expect(who.main.getByRole("alert")).toContainText("Nothing was charged.");
  await pay(who, "Visa");
  await expectOwned(who, order);
});

test("of two at once one buys, and the other is told kindly", async ({people}) => {
  const ticket = await listed("Only one of these");
  const both = [await people.newcomer("left"), await people.newcomer("right")];
  for (const {page} of both) await page.goto(`/tickets/${ticket}`);
  // By the elements themselves: the button of the slower one may be gone by its turn,
  // because the page has heard of the faster one.
  const buttons = await Promise.all(both.map(async ({main}) => {
    const button = main.getByRole("button", {name: "Buy"});
    await expect(button).toBeEnabled();
    return button.elementHandle();
  }));
  await Promise.all(buttons.map((button) => button!.evaluate((element) => (element as HTMLElement).click())));

  const taken = "Somebody else is just buying this.";
  const outcomes = await Promise.all(both.map(async (who) => {
    await expect(async () => {
      const paying = who.page.url().endsWith("/pay");
      expect(paying || (await who.main.textContent())?.includes(taken)).toBe(true);
    }).toPass();
    return who.page.url().endsWith("/pay");
  }));
  expect(outcomes.toSorted()).toEqual([false, true]);

  const loser = both[outcomes.indexOf(false)]!;
  await expect(loser.main.getByRole("button", {name: "Buy"})).toHaveCount(0);
  await loser.main.getByRole("link", {name: "Others you may like"}).click();
  await expect(loser.main.getByRole("list", {name: "Others you may like"}).getByRole("listitem").first()).toBeInViewport();

  const winner = both[outcomes.indexOf(true)]!;
  const order = new URL(winner.page.url()).pathname.split("/")[2]!;
  await pay(winner, "Visa");
  await expectOwned(winner, order);
  await expect(loser.main).toContainText("This has been sold.");
});

/** Notes what a page tells, however briefly. Returns what it has told. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const told: string[] = [];
    new MutationObserver(() => told.push(document.querySelector("main")?.textContent ?? "")).observe(document.body, {
      childList: true, subtree: true, characterData: true,
    });
    Object.assign(window, {told});
  });
  return () => page.evaluate(() => (window as unknown as {told: string[]}).told);
}

/** Looks at a ticket, buys it on another page, and sees it become one's own on the first. */
async function buyElsewhere(who: Person, other: Page, ticket: string): Promise<void> {
  await who.page.goto(`/tickets/${ticket}`);
  await expect(who.main.getByRole("button", {name: "Buy"})).toBeEnabled();
  const told = await listen(who.page);
  await other.goto(`/tickets/${ticket}`);
  await other.getByRole("main").getByRole("button", {name: "Buy"}).click();
  await expect(other).toHaveURL(/\/orders\/[^/]+\/pay$/);
  await expect(who.main).toContainText("Reserved for you.");
  await expect(who.main.getByRole("link", {name: "Go on to payment"})).toHaveAttribute("href", new URL(other.url()).pathname);
  expect((await told()).length).toBeGreaterThan(0);
  expect((await told()).filter((text) => text.includes("Somebody else"))).toEqual([]);
}

test("what one buys in another tab is one's own in this one too, and the shop is not asked", async ({people}) => {
  const who = await people.newcomer("twice");
  // The shop would be asked at a random moment: late enough here for the other tab to be first.
  await who.context.addInitScript(() => (Math.random = () => 0.99));
  const asks: string[] = [];
  who.page.on("request", (request) => {
    if (new URL(request.url()).pathname === "/api/orders") asks.push(request.url());
  });
  await buyElsewhere(who, await who.context.newPage(), await listed("Bought next door"));
  expect(asks).toEqual([]);
});

test("what one buys on another device is one's own on this one too", async ({people}) => {
  const who = await people.newcomer("everywhere");
  const phone = await people.visitor({viewport: sizes.phone});
  const answer = await phone.api.post("/api/users/signin", {data: {email: who.email, password}});
  expect(answer.ok(), await answer.text()).toBe(true);
  await buyElsewhere(who, phone.page, await listed("Bought on the way"));
});

test("however often one clicks, it is one order", async ({people}) => {
  const ticket = await listed("Clicked twice");
  const who = await people.newcomer("hasty");
  await who.page.goto(`/tickets/${ticket}`);
  await who.main.getByRole("button", {name: "Buy"}).dblclick();
  await expect(who.page).toHaveURL(/\/orders\/[^/]+\/pay$/);
  const order = new URL(who.page.url()).pathname.split("/")[2]!;
  await who.main.getByRole("button", {name: /^Pay €/}).dblclick();
  await expectOwned(who, order);
  const orders = await asked<Order[]>(who.api, "/api/orders");
  expect(orders.map(({id, status}) => ({id, status}))).toEqual([{id: order, status: "complete"}]);
});

test("by keyboard alone one buys and pays", async ({people}) => {
  const ticket = await listed("Without a mouse");
  const who = await people.newcomer("keys");
  const {page, main} = who;
  await page.goto("/?q=without+a+mouse");
  await tabTo(page, main.getByRole("link", {name: "Without a mouse"}));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/tickets/${ticket}$`));
  await expect(main.getByRole("button", {name: "Buy"})).toBeEnabled();
  await tabTo(page, main.getByRole("button", {name: "Buy"}));
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/orders\/[^/]+\/pay$/);
  const order = new URL(page.url()).pathname.split("/")[2]!;
  await expect(main.getByRole("button", {name: /^Pay €/})).toBeVisible();
  await tabTo(page, main.getByRole("radio", {name: "Visa"}));
  await page.keyboard.press("ArrowDown");
  await expect(main.getByRole("radio", {name: "Mastercard"})).toBeChecked();
  await tabTo(page, main.getByRole("button", {name: /^Pay €/}));
  await page.keyboard.press("Enter");
  await expectOwned(who, order);
});

test("a reservation is given up, once one has said that one means it", async ({people}) => {
  const ticket = await listed("Not wanted after all");
  const who = await people.newcomer("undecided");
  const order = await ordered(who, ticket);
  await who.page.goto(`/orders/${order}`);
  await who.main.getByRole("button", {name: "Give it up"}).click();
  await who.page.getByRole("dialog").getByRole("button", {name: "Keep it"}).click();
  await expect(who.main.getByRole("heading", {name: "Reserved for you"})).toBeVisible();
  await who.main.getByRole("button", {name: "Give it up"}).first().click();
  await who.page.getByRole("dialog").getByRole("button", {name: "Give it up"}).click();
  await expect(who.main.getByRole("heading", {name: "You have given it up"})).toBeVisible();
  await expect(who.main).toContainText("Nothing was charged.");
  await expect(who.main.getByRole("heading", {level: 1})).toBeFocused();
});
