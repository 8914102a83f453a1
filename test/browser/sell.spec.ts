import {asked, created, expect, listed, offer, ordered, shop, test, type Person} from "./shop.ts";

/** Types what has to be said of a ticket, and more. */
async function describe({page}: Person, title: string): Promise<void> {
  await page.getByLabel(/^Title/).fill(title);
  await page.getByLabel("Category").selectOption("Theatre");
  await page.getByLabel("Date and time").fill(`${new Date().getFullYear() + 1}-05-20T19:30`);
  await page.getByLabel("Time zone").selectOption("Europe/Vienna");
  await page.getByLabel("Venue").fill("Burgtheater");
  await page.getByLabel("City").fill("Wien");
  await page.getByLabel("How many tickets").fill("2");
  await page.getByLabel(/^Price in EUR/).fill("80");
  await page.getByLabel("Original price").fill("120");
}

test("one describes a ticket, sees it as buyers will, and sells it", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  await page.goto("/sell");
  await describe(who, "Der Sturm");
  const preview = main.getByRole("region", {name: "How buyers see it"});
  await expect(preview).toContainText("Der Sturm");
  await expect(preview).toContainText("€40 each");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(page).toHaveURL(/\/tickets\/[^/]+$/);
  await expect(main.getByRole("heading", {level: 1})).toHaveText("Der Sturm");
  await expect(main).toContainText("20 May");
  await expect(main).toContainText("19:30");
  await expect(main).toContainText("This is your own listing.");

  const buyer = await people.newcomer("buyer");
  await buyer.page.goto("/?q=der+sturm+wien");
  await expect(buyer.main.getByRole("listitem").filter({hasText: "Der Sturm"})).toContainText("€80");
});

test("what is wrong is said at its field, and the first of it has the focus", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  await page.goto("/sell");
  await describe(who, "");
  await page.getByLabel(/^Price in EUR/).fill("a lot");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(page.getByLabel(/^Title/)).toBeFocused();
  await expect(page.getByLabel(/^Title/)).toHaveAttribute("aria-invalid", "true");
  await expect(main).toContainText("2 fields need another look.");
  await page.getByLabel(/^Title/).fill("Nearly right");
  // What only the shop knows is said at its field too: the least that a card can be charged.
  await page.getByLabel(/^Price in EUR/).fill("0.10");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(page.getByLabel(/^Price in EUR/)).toHaveAttribute("aria-invalid", "true");
  await page.getByLabel(/^Price in EUR/).fill("10.50");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(page).toHaveURL(/\/tickets\/[^/]+$/);
});

test("what was typed is still there after an ended session, and after signing in", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  await page.goto("/sell");
  await describe(who, "Typed only once");
  expect((await who.api.post("/api/users/signout")).ok()).toBe(true);
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(main).toContainText("Your session has ended.");
  await who.signIn();
  await expect(page).toHaveURL(/\/sell$/);
  await expect(main).toContainText("What you typed before is still here.");
  await expect(page.getByLabel(/^Title/)).toHaveValue("Typed only once");
  await expect(page.getByLabel("Venue")).toHaveValue("Burgtheater");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(main.getByRole("heading", {level: 1})).toHaveText("Typed only once");
  expect(await asked<object[]>(who.api, "/api/tickets?seller=me&status=all")).toHaveLength(1);
});

test("without JavaScript one sells, hears at the field what is wrong, and withdraws", async ({people}) => {
  const who = await people.newcomer("plain", {javaScriptEnabled: false});
  const {page, main} = who;
  await page.goto("/sell");
  await describe(who, "Sold without a script");
  await page.getByLabel(/^Price in EUR/).fill("a lot");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(page.getByLabel(/^Price in EUR/)).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Venue")).toHaveValue("Burgtheater");
  await page.getByLabel(/^Price in EUR/).fill("80");
  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(main.getByRole("heading", {level: 1})).toHaveText("Sold without a script");

  await page.goto("/listings");
  await main.getByRole("button", {name: "Take off sale: Sold without a script"}).click();
  await page.getByRole("dialog").getByRole("button", {name: "Take it off sale"}).click();
  await expect(main.getByRole("listitem").filter({hasText: "Sold without a script"})).toContainText("Off sale");
});

test("without JavaScript the form that is sent twice, and once more, sells one ticket", async ({people}) => {
  const who = await people.newcomer("hasty", {javaScriptEnabled: false});
  const {page, main} = who;
  const own = () => asked<object[]>(who.api, "/api/tickets?seller=me&status=all");
  await page.goto("/sell");
  await describe(who, "Clicked twice");
  // As two clicks do, but for certain at the same moment.
  const fields = await main.locator("form").evaluate((form: HTMLFormElement) => [...new FormData(form)] as [string, string][]);
  const twice = [0, 1].map(() => who.api.post(`${shop}/sell`, {multipart: Object.fromEntries(fields)}));
  const pages = await Promise.all((await Promise.all(twice)).map((answer) => answer.text()));
  for (const text of pages) expect(text).toMatch(/This is your own listing\.|That is just being done\./);
  expect(await own()).toHaveLength(1);

  await main.getByRole("button", {name: "Put up for sale"}).click();
  await expect(main.getByRole("heading", {level: 1})).toHaveText("Clicked twice");
  expect(await own()).toHaveLength(1);
});

test("a listing is changed, and what was not touched stays", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  const {id} = await created(who.api, "/api/tickets", offer("To be changed"));
  await page.goto("/listings");
  await main.getByRole("link", {name: "Edit To be changed"}).click();
  await page.getByLabel(/^Price in EUR/).fill("45");
  await main.getByRole("button", {name: "Save changes"}).click();
  await expect(page).toHaveURL(new RegExp(`/tickets/${id}$`));
  await expect(main).toContainText("€45");
  await expect(main).toContainText("2 tickets · Block B · Row 4 · Seats 12-\u206013"); // one line, see useSeats
});

test("whoever goes back after a change finds what is now, and what was before is not saved anew", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  const {id} = await created(who.api, "/api/tickets", offer("To be changed twice"));
  await page.goto("/listings");
  await main.getByRole("link", {name: "Edit To be changed twice"}).click();
  await page.getByLabel(/^Price in EUR/).fill("45");
  await main.getByRole("button", {name: "Save changes"}).click();
  await expect(page).toHaveURL(new RegExp(`/tickets/${id}$`));
  await expect(main).toContainText("€45");
  await page.goBack(); // past the form, which is over
  await expect(page).toHaveURL(/\/listings$/);
  await expect(main.getByRole("listitem").filter({hasText: "To be changed twice"})).toContainText("€45");
  await main.getByRole("link", {name: "Edit To be changed twice"}).click();
  await expect(page.getByLabel(/^Price in EUR/)).toHaveValue("45.00");
  await page.getByLabel("Venue").fill("Waldbühne");
  await main.getByRole("button", {name: "Save changes"}).click();
  await expect(page).toHaveURL(new RegExp(`/tickets/${id}$`));
  await expect(main).toContainText("Waldbühne");
  await expect(main).toContainText("€45");
});

test("a listing is withdrawn, once one has said that one means it", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  const {id} = await created(who.api, "/api/tickets", offer("To be withdrawn"));
  await page.goto("/listings");
  const listing = main.getByRole("listitem").filter({hasText: "To be withdrawn"});
  await listing.getByRole("button", {name: "Take off sale: To be withdrawn"}).click();
  await page.getByRole("dialog").getByRole("button", {name: "Take it off sale"}).click();
  await expect(listing).toContainText("Off sale");
  await expect(listing.getByRole("link", {name: "To be withdrawn"})).toBeFocused();
  const other = await people.visitor();
  await other.page.goto(`/tickets/${id}`);
  await expect(other.main).toContainText("The seller has taken this off sale.");
});

test("where what is withdrawn leaves the list, one goes on at the page's heading", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  await created(who.api, "/api/tickets", offer("To be gone from here"));
  await page.goto("/listings?status=available");
  await main.getByRole("button", {name: "Take off sale: To be gone from here"}).click();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(main.getByRole("listitem").filter({hasText: "To be gone from here"})).toHaveCount(0);
  await expect(main.getByRole("heading", {level: 1})).toBeFocused();
});

test("whoever is asked whether they mean it is told when somebody buys it meanwhile", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  const {id} = await created(who.api, "/api/tickets", offer("Bought while one hesitates"));
  await page.goto("/listings");
  await main.getByRole("button", {name: "Take off sale: Bought while one hesitates"}).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("button", {name: "Leave it on sale"})).toBeFocused();
  await page.keyboard.press("Tab");
  const buyer = await people.newcomer("buyer");
  await ordered(buyer, id);
  await expect(dialog).toContainText("Somebody is just buying this");
  await expect(dialog.getByRole("button", {name: "Take it off sale"})).toHaveCount(0);
  await expect(dialog.getByRole("button", {name: "All right"})).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toBeHidden();
  const listing = main.getByRole("listitem").filter({hasText: "Bought while one hesitates"});
  await expect(listing).toContainText("Just being bought");
  await expect(listing.getByRole("link", {name: "Bought while one hesitates"})).toBeFocused();
});

test("what somebody is just buying is neither changed nor withdrawn, and then it is sold", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  const {id} = await created(who.api, "/api/tickets", offer("Bought meanwhile"));
  // This page hears of nothing; the shop has.
  await page.route("**/api/tickets/stream**", (route) => route.abort());
  await page.goto("/listings");
  const listing = main.getByRole("listitem").filter({hasText: "Bought meanwhile"});
  await expect(listing).toContainText("For sale");
  const buyer = await people.newcomer("buyer");
  const order = await ordered(buyer, id);

  await listing.getByRole("button", {name: "Take off sale: Bought meanwhile"}).click();
  await page.getByRole("dialog").getByRole("button", {name: "Take it off sale"}).click();
  await expect(page.getByRole("dialog")).toContainText("Somebody is just buying this");
  await page.goto(`/listings/${id}/edit`);
  await expect(main).toContainText("Somebody is just buying this, so it can’t be changed now.");

  await created(buyer.api, "/api/payments", {orderId: order, token: "tok_visa"});
  await expect(async () => {
    await page.goto("/listings");
    await expect(listing).toContainText("You get €49.50", {timeout: 1000});
  }).toPass();
  await expect(main).toContainText("You have earned €49.50 so far.");
});

test("somebody else's listing is not changed", async ({people}) => {
  const id = await listed("Nobody else's listing");
  const other = await people.newcomer("other");
  await other.page.goto(`/listings/${id}/edit`);
  await expect(other.main.getByRole("heading", {level: 1})).toHaveText("This belongs to somebody else.");
});
