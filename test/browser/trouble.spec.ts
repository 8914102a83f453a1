import {expect, listed, test, without} from "./shop.ts";

const away = "We are not quite there at the moment.";

test("without the catalogue the home page says so, and comes back", async ({people}) => {
  const {page, main} = await people.visitor();
  await without("tickets", async () => {
    expect((await page.goto("/"))?.status()).toBe(503);
    await expect(main.getByRole("heading", {level: 1})).toHaveText(away);
  });
  await main.getByRole("button", {name: "Try again"}).click();
  await expect(main.getByRole("list", {name: "Tickets"})).toBeVisible();
});

test("without orders one is told that buying did not work, and buys once it does", async ({people}) => {
  const ticket = await listed("Bought at the second try");
  const who = await people.newcomer("patient");
  await who.page.goto(`/tickets/${ticket}`);
  await without("orders", async () => {
    await who.main.getByRole("button", {name: "Buy"}).click();
    await expect(who.main.getByRole("alert")).toHaveText("That did not work at the moment. Please try again.");
  });
  await who.main.getByRole("button", {name: "Buy"}).click();
  await expect(who.page).toHaveURL(/\/orders\/[^/]+\/pay$/);
});

test("without the client the ingress says so, and tries again", async ({people}) => {
  const {page} = await people.visitor();
  await without("client", async () => {
    const answer = await page.goto("/");
    expect(answer?.status()).toBe(503);
    await expect(page.getByRole("heading", {name: "Back in a moment"})).toBeVisible();
    await expect(page.getByRole("heading", {name: "Gleich wieder da"})).toBeVisible();
  });
  await expect(page.getByRole("searchbox", {name: "Search"})).toBeVisible({timeout: 30_000});
});

test("what is not there is a page that leads back", async ({people}) => {
  const {page, main} = await people.visitor();
  for (const path of ["/nowhere", "/tickets/nothing-of-this-name"]) {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(404);
    await expect(main.getByRole("heading", {level: 1})).toHaveText("There is nothing here.");
  }
  await main.getByRole("link", {name: "To all tickets"}).click();
  await expect(page).toHaveURL(/\/$/);
});

test("somebody else's order is not shown", async ({people}) => {
  const owner = await people.newcomer("owner");
  const {id} = await (await owner.api.post("/api/orders", {data: {ticketId: await listed("Nobody else's")}})).json();
  const other = await people.newcomer("other");
  for (const path of [`/orders/${id}`, `/orders/${id}/pay`]) {
    expect((await other.page.goto(path))?.status()).toBe(403);
    await expect(other.main.getByRole("heading", {level: 1})).toHaveText("This belongs to somebody else.");
  }
});

test("offline one is told, a page asked for then says so, and one comes back", async ({people}) => {
  const {page, context, main} = await people.visitor();
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready);
  const said = page.getByText("You are offline. What you see may be out of date.");
  await context.setOffline(true);
  await expect(said).toBeVisible();
  await page.goto("/account");
  await expect(page.getByRole("heading", {name: "You are offline."})).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("link", {name: "Try again"}).click();
  await expect(main).toBeVisible();
  await expect(said).toBeHidden();
});
