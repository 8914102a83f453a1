// Paying with Stripe's own form. Everything but Stripe's script is real (stripe.ts).
import {look, sizes} from "./look.ts";
import {asked, expect, listed, ordered, test, type Person} from "./shop.ts";
import {useStripe, withStripe} from "./stripe.ts";

test.beforeAll(() => useStripe(true));
test.afterAll(() => useStripe(false));

/** Comes to the payment of an order of theirs. */
async function checkout(who: Person, title: string, holdSeconds?: number): Promise<string> {
  const order = await ordered(who, await listed(title), holdSeconds);
  await who.page.goto(`/orders/${order}/pay`);
  return order;
}

async function expectOwned(who: Person, order: string): Promise<void> {
  await expect(who.page).toHaveURL(new RegExp(`/orders/${order}$`));
  await expect(who.main.getByRole("heading", {name: "It is yours."})).toBeVisible();
}

test("one pays with what is typed into Stripe's form, and says there what is missing", async ({people}) => {
  const who = await people.newcomer("buyer");
  const stripe = await withStripe(who);
  const order = await checkout(who, "Paid at Stripe");
  await expect(stripe.form.getByLabel("Card")).toBeVisible();
  await expect(who.main.getByText("Choose a test card")).toHaveCount(0);
  const pay = who.main.getByRole("button", {name: "Pay €49.50"});
  await pay.click();
  await expect(stripe.form.getByRole("alert")).toHaveText("Your card number is incomplete.");
  await expect(who.main.getByRole("alert")).toHaveCount(0);
  await stripe.form.getByLabel("Card").selectOption("pm_card_visa");
  await pay.dblclick();
  await expectOwned(who, order);
  const intents = await asked<{status: string}>(who.api, `/api/payments/${order}`);
  expect(intents.status).toBe("succeeded");
});

test("Stripe's form speaks and looks as the page does, also when that changes", async ({people}) => {
  const who = await people.newcomer("buyer", {colorScheme: "dark"});
  const {form} = await withStripe(who);
  await who.context.addCookies([{name: "locale", value: "de", url: (await who.page.goto("/"))!.url()}]);
  await checkout(who, "Dunkel und deutsch");
  await expect(form.getByLabel("Karte")).toBeVisible();
  await expect(form.locator("html")).toHaveAttribute("lang", "de");
  await expect(form.locator("body")).toHaveCSS("background-color", "rgb(31, 27, 24)");
  await who.page.emulateMedia({colorScheme: "light"});
  await expect(form.locator("body")).toHaveCSS("background-color", "rgb(255, 255, 255)");
});

test("where Stripe is paid with, its hosts alone may be asked", async ({people}) => {
  const who = await people.newcomer("careful");
  const stripe = await withStripe(who);
  const policy = who.page.waitForResponse((response) => response.url().endsWith("/pay")).then((response) => response.headerValue("content-security-policy"));
  await checkout(who, "Nobody else's business");
  await expect(stripe.form.getByLabel("Card")).toBeVisible();
  const directives = Object.fromEntries((await policy)!.split("; ").map((part) => [part.split(" ")[0]!, part.split(" ").slice(1)]));
  expect(directives["connect-src"]).toEqual(["'self'", "https://api.stripe.com"]);
  expect(directives["frame-src"]).toEqual(["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"]);
  expect(directives["img-src"]).toEqual(["'self'", "data:", "https://*.stripe.com"]);
  await who.page.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.src = "https://elsewhere.example/";
    document.body.append(frame);
    return fetch("https://elsewhere.example/").catch(() => undefined);
  });
  const refused = () => ["frame-src", "connect-src"].filter((directive) => who.wrong.some((each) => each.includes(`directive: "${directive}`)));
  await expect.poll(refused).toEqual(["frame-src", "connect-src"]);
  await who.page.close(); // nothing more comes then
  who.wrong.splice(0, Infinity, ...who.wrong.filter((each) => !each.includes("elsewhere.example")));
});

test("a card that Stripe declines is said, and another one can be tried", async ({people}) => {
  const who = await people.newcomer("buyer");
  const stripe = await withStripe(who);
  const order = await checkout(who, "Declined at Stripe");
  await stripe.pay("pm_card_chargeDeclinedInsufficientFunds");
  await expect(who.main.getByRole("alert")).toContainText("There is not enough money on this card.");
  await expect(who.main.getByRole("alert")).toContainText("Nothing was charged.");
  await stripe.pay("pm_card_visa");
  await expectOwned(who, order);
});

test("the bank that Stripe leads to asks, and one approves", async ({people}) => {
  const who = await people.newcomer("buyer");
  const stripe = await withStripe(who);
  const order = await checkout(who, "Asked by way of Stripe");
  await stripe.pay("pm_card_threeDSecure2Required");
  await who.page.getByRole("button", {name: "Approve"}).click();
  await expectOwned(who, order);
});

test("the bank that Stripe leads to asks, and one refuses, and tries another card", async ({people}) => {
  const who = await people.newcomer("buyer");
  const stripe = await withStripe(who);
  const order = await checkout(who, "Refused by way of Stripe");
  await stripe.pay("pm_card_threeDSecure2Required");
  await who.page.getByRole("button", {name: "Refuse"}).click();
  await expect(who.page).toHaveURL(new RegExp(`/orders/${order}/pay$`));
  await expect(who.main.getByRole("alert")).toContainText("Nothing was charged.");
  await stripe.pay("pm_card_visa");
  await expectOwned(who, order);
});

for (const what of ["script", "form"] as const) {
  test(`Stripe's ${what} that can't be loaded is said, and loaded when one tries again @page`, async ({people}) => {
    const who = await people.newcomer("blocked", {viewport: sizes.phone, reducedMotion: "reduce"});
    const stripe = await withStripe(who);
    const unblock = await stripe.blocked(what);
    const order = await checkout(who, `Without Stripe's ${what}`);
    const said = who.main.getByRole("alert");
    await expect(said).toContainText("The card form could not be loaded");
    await expect(who.main.getByRole("button", {name: /^Pay/})).toHaveCount(0);
    if (what === "script") {
      await look(who, "checkout-stripe-blocked", () => expect(said).toBeVisible());
      await who.context.addCookies([{name: "locale", value: "en", url: who.page.url()}]);
      await who.page.reload();
    }
    const failed = who.page.waitForEvent("requestfailed");
    await who.main.getByRole("button", {name: "Try again"}).click();
    await failed;
    await expect(said).toBeVisible(); // nothing has changed yet
    await unblock();
    await who.main.getByRole("button", {name: "Try again"}).click();
    await stripe.pay("pm_card_visa");
    await expectOwned(who, order);
  });
}

test("where Stripe never comes one is told that it takes long, and loads the page again", async ({people}) => {
  const who = await people.newcomer("patient");
  const stripe = await withStripe(who);
  await stripe.hanging();
  const order = await checkout(who, "Waiting for Stripe");
  await expect(who.main).toContainText("Opening the payment");
  await who.main.getByRole("link", {name: "Load the page again"}).click();
  await stripe.pay("pm_card_visa");
  await expectOwned(who, order);
});

for (const when of ["before", "after"] as const) {
  test(`an answer of Stripe that is lost ${when} it has charged the card costs nothing twice`, async ({people}) => {
    const who = await people.newcomer("unlucky");
    const stripe = await withStripe(who);
    const order = await checkout(who, `Lost ${when}`);
    await expect(stripe.form.getByLabel("Card")).toBeVisible();
    await stripe.silent(when);
    await stripe.pay("pm_card_visa");
    if (when === "before") {
      await expect(who.main.getByRole("alert")).toContainText("There was no clear answer");
      await stripe.pay("pm_card_visa");
    }
    await expectOwned(who, order);
  });
}

test("the time runs out while Stripe's form is open", async ({people}) => {
  const who = await people.newcomer("slow");
  const stripe = await withStripe(who);
  const order = await checkout(who, "Too late for Stripe", 8);
  await expect(stripe.form.getByLabel("Card")).toBeVisible();
  await expect(who.page).toHaveURL(new RegExp(`/orders/${order}$`));
  await expect(who.main.getByRole("heading", {name: "The reservation has ended"})).toBeVisible();
  await expect(who.main).toContainText("Nothing was charged.");
});

test("checkout-stripe @page", async ({people}) => {
  const who = await people.newcomer("buyer", {viewport: sizes.phone, reducedMotion: "reduce"});
  const stripe = await withStripe(who);
  await checkout(who, "To be paid at Stripe");
  await look(who, "checkout-stripe", () => expect(stripe.form.getByRole("combobox")).toBeVisible());
});
