import {glance, look, sizes} from "./look.ts";
import {asked, expect, listed, ordered, password, test, without} from "./shop.ts";

const away = "We are not quite there at the moment.";

test("without the catalogue the home page says so, also when one comes from another page, and comes back @page", async ({people}) => {
  const ticket = await listed("Looked at before");
  const {page, main} = await people.visitor();
  await page.goto(`/tickets/${ticket}`);
  await page.evaluate(() => Object.assign(window, {same: true})); // it is one page all the way
  const plain = await people.visitor({javaScriptEnabled: false});
  const other = await people.visitor({viewport: sizes.phone});
  await without("tickets", async () => {
    await main.getByRole("link", {name: "All tickets"}).click();
    await expect(main.getByRole("heading", {level: 1})).toHaveText(away);
    await expect(page).toHaveTitle(away);
    expect((await plain.page.goto("/?q=hamlet&sort=price"))?.status()).toBe(503);
    expect((await other.page.goto("/"))?.status()).toBe(503);
    await look(other, "away");
  });
  await main.getByRole("button", {name: "Try again"}).click();
  await expect(main.getByRole("list", {name: "Tickets"})).toBeVisible();
  expect(await page.evaluate(() => "same" in window)).toBe(true);

  await plain.main.getByRole("button", {name: "Try again"}).click();
  await expect(plain.page).toHaveURL(/\/\?q=hamlet&sort=price$/);
  await expect(plain.main.getByRole("list", {name: "Tickets"})).toBeVisible();
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

test("without auth one browses on, is told that signing in did not work, and signs in once it does", async ({people}) => {
  const ticket = await listed("Looked at by somebody known");
  const who = await people.newcomer("known");
  const stranger = await people.visitor();
  await who.page.goto("/?q=somebody+known");
  await stranger.page.goto("/signin?to=/account");
  await without("auth", async () => {
    await who.main.getByRole("link", {name: "Looked at by somebody known"}).click();
    await expect(who.main.getByRole("heading", {level: 1})).toHaveText("Looked at by somebody known");
    expect((await who.page.goto("/?q=somebody+known"))?.status()).toBe(200);
    await expect(who.main.getByRole("list", {name: "Tickets"})).toBeVisible();
    expect((await who.page.goto("/orders"))?.status()).toBe(503);
    await expect(who.main.getByRole("heading", {level: 1})).toHaveText(away);

    await stranger.signIn(who.email);
    await expect(stranger.main.getByRole("alert")).toHaveText("We can’t sign anybody in at the moment. Please try again.");
    await expect(stranger.page.getByLabel("E-mail")).toHaveValue(who.email);
  });
  await who.main.getByRole("button", {name: "Try again"}).click();
  await expect(who.main.getByRole("heading", {level: 1})).toHaveText("My orders");
  await who.page.goto(`/tickets/${ticket}`);
  await expect(who.main.getByRole("button", {name: "Buy"})).toBeEnabled();

  await stranger.page.getByLabel("Password").fill(password);
  await stranger.main.getByRole("button", {name: "Sign in"}).click();
  await expect(stranger.page).toHaveURL(/\/account$/);
  await expect(stranger.main).toContainText(who.email);
});

test("signing out that did not work is said within the page's frame, whatever the page shows, and works later", async ({people}) => {
  const {page, main} = await people.newcomer("leaving");
  await page.goto("/account");
  const left = async (role: "alert" | "heading") => (await main.getByRole(role).boundingBox())?.x;
  const expectSaid = async (heading: string) => {
    await expect(main.getByRole("heading", {level: 1})).toHaveText(heading);
    await expect(main.getByRole("alert")).toHaveText("Signing out did not work. You are still signed in; please try again.");
    expect(await left("alert")).toBe(await left("heading"));
  };
  await without("auth", async () => {
    await main.getByRole("button", {name: "Sign out"}).click();
    await expect(page).toHaveURL(/\/account\?problem=signout$/);
    await expectSaid(away);
  });
  await main.getByRole("button", {name: "Try again"}).click();
  await expectSaid("Your account");
  await main.getByRole("button", {name: "Sign out"}).click();
  await expect(page.getByRole("banner").getByRole("link", {name: "Sign in"})).toBeVisible();
});

test("without payments the checkout says so, the reservation stands, and one pays once it can be", async ({people}) => {
  const who = await people.newcomer("patient");
  const order = await ordered(who, await listed("Paid at the second try"));
  const {page, main} = who;
  await without("payments", async () => {
    await page.goto(`/orders/${order}/pay`);
    await expect(main.getByRole("alert")).toHaveText("That did not work at the moment. Please try again.");
    await expect(main.getByRole("timer")).toContainText(/1[45]:\d\d/);
    await main.getByRole("button", {name: /^Pay €/}).click();
    await expect(main.getByRole("alert")).toHaveText("That did not work at the moment. Please try again.");
    expect((await asked<{status: string}>(who.api, `/api/orders/${order}`)).status).toBe("created");
  });
  await main.getByRole("button", {name: /^Pay €/}).click();
  await expect(page).toHaveURL(new RegExp(`/orders/${order}$`));
  await expect(main.getByRole("heading", {name: "It is yours."})).toBeVisible();
});

test("without the client the ingress says so, and tries again @page", async ({people}) => {
  const {page} = await people.visitor();
  await without("client", async () => {
    const answer = await page.goto("/");
    expect(answer?.status()).toBe(503);
    await expect(page.getByRole("heading", {name: "Back in a moment"})).toBeVisible();
    await expect(page.getByRole("heading", {name: "Gleich wieder da"})).toBeVisible();
    await glance(page, "client-away");
  });
  await expect(page.getByRole("searchbox", {name: "Search"})).toBeVisible({timeout: 30_000});
});

test("what breaks in the browser says so, and trying again is worth it @page", async ({people}) => {
  const who = await people.visitor({viewport: sizes.phone});
  const {page, main} = who;
  await page.addInitScript(() => {
    const whole = window.EventSource;
    window.EventSource = class { constructor() { throw new Error("broken on purpose"); } } as unknown as typeof EventSource;
    Object.assign(window, {mend: () => (window.EventSource = whole)});
  });
  await page.goto("/");
  await expect(main.getByRole("heading", {level: 1})).toHaveText("Something broke.");
  await expect(main.getByRole("link", {name: "To all tickets"})).toHaveAttribute("href", "/");
  await page.evaluate(() => (window as unknown as {mend: () => void}).mend());
  await main.getByRole("button", {name: "Try again"}).click();
  await expect(main.getByRole("list", {name: "Tickets"})).toBeVisible();
  await page.reload();
  await look(who, "broken");

  // Where not even the frame of a page can be shown.
  await page.addInitScript(() => {
    window.matchMedia = () => { throw new Error("broken on purpose"); };
  });
  await page.reload();
  await expect(page.getByRole("heading", {level: 1})).toHaveText("Something broke.");
  await glance(page, "broken-whole");
  expect(who.wrong.join()).toContain("broken on purpose");
  who.wrong.length = 0;
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
  for (const name of ["You are offline.", "Du bist offline."]) await expect(page.getByRole("heading", {name})).toBeVisible();
  await context.setOffline(false);
  await page.getByRole("link", {name: "Try again"}).click();
  await expect(main).toBeVisible();
  await expect(said).toBeHidden();
});
