import {asked, created, expect, offer, test, type Person} from "./shop.ts";

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

test("a listing is withdrawn, once one has said that one means it", async ({people}) => {
  const who = await people.newcomer("seller");
  const {page, main} = who;
  const {id} = await created(who.api, "/api/tickets", offer("To be withdrawn"));
  await page.goto("/listings");
  const listing = main.getByRole("listitem").filter({hasText: "To be withdrawn"});
  await listing.getByRole("button", {name: "Take off sale: To be withdrawn"}).click();
  await page.getByRole("dialog").getByRole("button", {name: "Take it off sale"}).click();
  await expect(listing).toContainText("Off sale");
  const other = await people.visitor();
  await other.page.goto(`/tickets/${id}`);
  await expect(other.main).toContainText("The seller has taken this off sale.");
});
