// Reservations whose time runs out. They are made by the API, which can be asked for
// a short one.
import {asked, expect, listed, ordered, test, type Person} from "./shop.ts";

const hold = 10; // seconds: long enough to come to the bank on a slow machine

async function expectEnded(who: Person, order: string): Promise<void> {
  await expect(who.page).toHaveURL(new RegExp(`/orders/${order}$`));
  await expect(who.main.getByRole("heading", {name: "The reservation has ended"})).toBeVisible();
  await expect(who.main).toContainText("Nothing was charged.");
}

test("the time runs out while one looks for a card", async ({people}) => {
  const ticket = await listed("Too late to choose");
  const who = await people.newcomer("slow");
  const order = await ordered(who, ticket, hold);
  await who.page.goto(`/orders/${order}/pay`);
  await expect(who.main.getByRole("timer")).toContainText(/0:\d\d/);
  await expectEnded(who, order);

  await who.main.getByRole("link", {name: "Look at the ticket again"}).click();
  await expect(who.page).toHaveURL(new RegExp(`/tickets/${ticket}$`));
  await expect(who.main.getByRole("button", {name: "Buy"})).toBeEnabled();
});

test("the time runs out while one is at one's bank, and consent comes too late", async ({people}) => {
  const who = await people.newcomer("slow");
  const order = await ordered(who, await listed("Too late to consent"), hold);
  await who.page.goto(`/orders/${order}/pay`);
  await who.main.getByRole("radio", {name: "Asks, then pays"}).check();
  await who.main.getByRole("button", {name: /^Pay €/}).click();
  const approve = who.page.getByRole("button", {name: "Approve"});
  await expect(approve).toBeVisible();
  const status = async () => (await asked<{status: string}>(who.api, `/api/orders/${order}`)).status;
  await expect.poll(status, {timeout: 60_000}).toBe("cancelled");
  await approve.click();
  await expectEnded(who, order);
});
