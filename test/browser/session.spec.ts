import {asked, created, expect, listed, offer, ordered, test, type Person} from "./shop.ts";

/** Ends a session as signing out elsewhere does: this page does not hear of it. */
async function end(who: Person): Promise<void> {
  expect((await who.api.post("/api/users/signout")).ok()).toBe(true);
}

test("an ended session leads to signing in, and back to what one was buying", async ({people}) => {
  const ticket = await listed("Bought after a break");
  const who = await people.newcomer("absent");
  await who.page.goto(`/tickets/${ticket}`);
  await expect(who.main.getByRole("button", {name: "Buy"})).toBeEnabled();
  await end(who);
  await who.main.getByRole("button", {name: "Buy"}).click();
  await expect(who.main).toContainText("Your session has ended.");
  await who.signIn();
  await expect(who.page).toHaveURL(new RegExp(`/tickets/${ticket}$`));
  await who.main.getByRole("button", {name: "Buy"}).click();
  await expect(who.page).toHaveURL(/\/orders\/[^/]+\/pay$/);
});

test("a session that ends at the checkout leads to signing in, and back to paying", async ({people}) => {
  const who = await people.newcomer("absent");
  const order = await ordered(who, await listed("Paid after a break"));
  await end(who);
  await who.page.goto(`/orders/${order}/pay`);
  await expect(who.page).toHaveURL(/\/signin\?/);
  await who.signIn();
  await expect(who.page).toHaveURL(new RegExp(`/orders/${order}/pay$`));
  await who.main.getByRole("button", {name: /^Pay €/}).click();
  await expect(who.main.getByRole("heading", {name: "It is yours."})).toBeVisible();
});

test("a token that has run out is renewed, and nobody notices", async ({people}) => {
  const ticket = await listed("Bought with a new token");
  const who = await people.newcomer("steady");
  await who.context.clearCookies();
  await who.page.goto("/signin?to=/orders");
  await who.signIn();
  await expect(who.main.getByRole("heading", {level: 1, name: "My orders"})).toBeVisible();

  await who.context.clearCookies({name: "session"});
  await who.page.goto(`/tickets/${ticket}`);
  await expect(who.main.getByRole("button", {name: "Buy"})).toBeEnabled();
  await who.context.clearCookies({name: "session"});
  await who.main.getByRole("button", {name: "Buy"}).click();
  await expect(who.page).toHaveURL(/\/orders\/[^/]+\/pay$/);
  expect(await asked<object[]>(who.api, "/api/orders")).toHaveLength(1);
});

test("what is sent when a token has run out is done, with and without JavaScript", async ({people}) => {
  for (const javaScriptEnabled of [true, false]) {
    const who = await people.newcomer("steady", {javaScriptEnabled});
    await created(who.api, "/api/tickets", offer("Withdrawn with a new token"));
    await who.context.clearCookies();
    await who.page.goto("/signin?to=/listings");
    await who.signIn();
    await expect(who.main.getByRole("heading", {level: 1, name: "My listings"})).toBeVisible();

    await who.context.clearCookies({name: "session"});
    await who.page.getByLabel("Appearance").selectOption("dark");
    if (!javaScriptEnabled) await who.page.getByRole("button", {name: "Apply"}).click();
    await expect(who.page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
    await expect(who.page.getByRole("button", {name: "Account"})).toBeVisible();

    await who.context.clearCookies({name: "session"});
    await who.main.getByRole("button", {name: "Take off sale: Withdrawn with a new token"}).click();
    await who.page.getByRole("dialog").getByRole("button", {name: "Take it off sale"}).click();
    await expect(who.main.getByRole("listitem").filter({hasText: "Withdrawn with a new token"})).toContainText("Off sale");
  }
});
