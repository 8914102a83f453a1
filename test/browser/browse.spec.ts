import {asked, created, expect, listed, password, shop, tabTo, test} from "./shop.ts";

test("one searches, filters, sorts and pages", async ({people}) => {
  const {page, main} = await people.visitor();
  await page.goto("/");
  const tickets = main.getByRole("list", {name: "Tickets"}).getByRole("listitem");
  await expect(tickets).toHaveCount(50);
  await main.getByRole("link", {name: "More tickets"}).click();
  await expect(page).toHaveURL(/cursor=/);
  await expect(tickets.filter({hasText: "Berliner Nacht 1"}).last()).toBeVisible();
  await main.getByRole("link", {name: "Back to the first page"}).click();
  await expect(page).toHaveURL(/\/$/);

  await page.getByRole("searchbox", {name: "Search"}).fill("HAMLET");
  await page.getByRole("searchbox", {name: "Search"}).press("Enter");
  await expect(page).toHaveURL(/q=HAMLET/);
  await expect(main.getByRole("heading", {level: 1})).toContainText("HAMLET");
  await expect(tickets.first()).toContainText("Hamlet");
  await expect(main).not.toContainText("Cup Final");

  await page.goto("/");
  await main.getByRole("navigation", {name: "Category"}).getByRole("link", {name: "Sports"}).click();
  await expect(page).toHaveURL(/category=sports/);
  await expect(main).not.toContainText("Hamlet");
  await main.getByLabel("Sort by").selectOption("Price, low to high");
  await expect(page).toHaveURL(/sort=price/);
  await expect(tickets.first()).toContainText("Cup Final 5");
  const numbers = (await main.getByText(/^Cup Final \d+$/).allTextContents()).map((title) => Number(title.split(" ")[2]));
  expect(numbers.length).toBeGreaterThan(3);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));

  await main.getByLabel("City").selectOption("Köln");
  await expect(page).toHaveURL(/city=K%C3%B6ln/);
  await expect(main.getByLabel("City")).toHaveValue("Köln");
  await expect(main.getByText(/^Cup Final \d+$/)).not.toHaveCount(numbers.length);
});

for (const javaScriptEnabled of [true, false]) {
  test(`dates and prices narrow the list, and those that make no sense say so${javaScriptEnabled ? "" : ", also without JavaScript"}`, async ({people}) => {
    const word = `sieved${Date.now().toString(36)}`;
    const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
    for (const [title, days, price] of [["early", 10, 40], ["between", 20, 20], ["late", 30, 60]] as const) {
      await listed(`${word} ${title}`, {startsAt: day(days), price});
    }
    const {page, main} = await people.visitor({javaScriptEnabled});
    const titles = main.getByRole("list", {name: "Tickets"}).getByRole("heading");
    const narrow = async (label: string, value: string, ...left: string[]) => {
      await main.getByLabel(label, {exact: true}).fill(value);
      await main.getByLabel(label, {exact: true}).press("Enter");
      await expect(titles).toHaveText(left.map((title) => `${word} ${title}`));
      await expect(main.getByLabel(label, {exact: true})).toHaveValue(value);
    };
    const expectRefused = async (label: string, why: string) => {
      await expect(main.getByLabel(label, {exact: true})).toHaveAttribute("aria-invalid", "true");
      await expect(main.getByLabel(label, {exact: true})).toHaveAccessibleDescription(why);
      await expect(main.locator("[aria-invalid]")).toHaveCount(1);
    };

    await page.goto(`/?q=${word}&sort=date`);
    await expect(titles).toHaveCount(3);
    await narrow("From", day(15).slice(0, 10), "between", "late");
    await narrow("Until", day(25).slice(0, 10), "between");
    await narrow("From", day(26).slice(0, 10), "early", "between");
    await expectRefused("From", "This is no day, or later than “until”. It was left out.");

    await main.getByRole("link", {name: "Clear filters"}).click();
    await expect(titles).toHaveCount(3);
    await expect(main.getByLabel("From", {exact: true})).toHaveValue("");
    await narrow("Price from", "30", "early", "late");
    await narrow("Price up to", "50.5", "early");
    await narrow("Price from", "51", "early", "between");
    await expectRefused("Price from", "No price here can be this, or it is above “up to”. It was left out.");
  });
}

test("without JavaScript one browses and signs in", async ({people}) => {
  const who = await people.newcomer("plain", {javaScriptEnabled: false});
  await who.context.clearCookies();
  const {page, main} = who;
  await page.goto("/");
  await page.getByRole("searchbox", {name: "Search"}).fill("zauberflote");
  await page.getByRole("searchbox", {name: "Search"}).press("Enter");
  await expect(main).toContainText("Die Zauberflöte");
  await main.getByRole("link", {name: /^Die Zauberflöte/}).first().click();
  await expect(main.getByRole("heading", {level: 1})).toContainText("Die Zauberflöte");
  await main.getByRole("link", {name: "Sign in to buy"}).click();
  await who.signIn(who.email, password);
  await expect(page).toHaveURL(/\/tickets\//);
  await expect(main.locator("noscript p")).toContainText("Buying needs JavaScript");
  await page.goto("/account");
  await expect(main).toContainText(who.email);
});

test("in German, and in the dark, when one says so", async ({people}) => {
  const {page, main} = await people.visitor({locale: "de-DE"});
  await page.goto("/");
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await expect(main).toContainText(/\d,\d\d\s€/);
  await main.getByRole("list", {name: "Tickets"}).getByRole("link").first().click();
  await expect(main.getByRole("link", {name: "Anmelden und kaufen"})).toBeVisible();
  await page.getByLabel("Sprache").selectOption("en");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByLabel("Appearance").selectOption("dark");
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.reload();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
});

test("the look that one has chosen is there from page to page, and the device's is followed else", async ({people}) => {
  const {page, context, main} = await people.visitor({colorScheme: "light"});
  const html = page.locator("html");
  await context.addCookies([{name: "look", value: "dark", url: shop}]);
  await page.goto("/");
  await expect(html).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.evaluate(() => {
    const root = document.documentElement;
    root.dataset.looks = "";
    new MutationObserver(() => (root.dataset.looks += `${root.dataset.mantineColorScheme} `)).observe(root, {
      attributeFilter: ["data-mantine-color-scheme"],
    });
  });
  await main.getByRole("list", {name: "Tickets"}).getByRole("link").first().click();
  await expect(main.getByRole("link", {name: "Sign in to buy"})).toBeVisible();
  await expect(html).toHaveAttribute("data-mantine-color-scheme", "dark");
  expect(await html.getAttribute("data-looks"), "never light, for no moment").not.toContain("light");
  await page.getByLabel("Appearance").selectOption("auto");
  await expect(html).toHaveAttribute("data-mantine-color-scheme", "light");
  await page.emulateMedia({colorScheme: "dark"});
  await expect(html).toHaveAttribute("data-mantine-color-scheme", "dark");
  await page.getByLabel("Appearance").selectOption("light");
  await expect(html).toHaveAttribute("data-mantine-color-scheme", "light");
});

test("by keyboard one gets past the menu, and sees where one is", async ({people}) => {
  const {page} = await people.visitor();
  await page.goto("/");
  await tabTo(page, page.getByRole("link", {name: "Skip to the content"}));
  await page.keyboard.press("Enter");
  await expect(page.locator("#content")).toBeFocused();
});

test("a list that is open says when a ticket is reserved, and when it is free again", async ({people}) => {
  const ticket = await listed("Live while one looks");
  const {page, main} = await people.visitor();
  await page.goto("/?q=live+while+one+looks");
  const shown = main.getByRole("listitem").filter({hasText: "Live while one looks"});
  await expect(shown).toBeVisible();
  const buyer = await people.newcomer("buyer");
  const {id} = await created(buyer.api, "/api/orders", {ticketId: ticket});
  await expect(shown).toContainText("Reserved for now");
  await buyer.api.delete(`/api/orders/${id}`);
  await expect(shown).not.toContainText("Reserved for now");
});

test("whoever goes back to a list sees what was sold meanwhile", async ({people}) => {
  const ticket = await listed("Gone while one was away");
  await listed("There while one was away");
  const {page, main} = await people.visitor();
  await page.goto("/?q=while+one+was+away");
  const shown = (title: string) => main.getByRole("listitem").filter({hasText: title});
  await shown("There while one was away").getByRole("link").click();
  await expect(main.getByRole("heading", {level: 1})).toHaveText("There while one was away");
  const buyer = await people.newcomer("buyer");
  const {id: orderId} = await created(buyer.api, "/api/orders", {ticketId: ticket});
  await created(buyer.api, "/api/payments", {orderId, token: "tok_visa"});
  await expect.poll(async () => (await asked<{status: string}>(buyer.api, `/api/tickets/${ticket}`)).status).toBe("sold");
  await page.goBack();
  await expect(shown("There while one was away")).toBeVisible();
  // What is sold may as well have left the list.
  await expect(shown("Gone while one was away").filter({hasNotText: "Sold"})).toHaveCount(0);
});

test("a ticket that is taken while one looks is said at once, with others like it", async ({people}) => {
  const ticket = await listed("Taken while one looks");
  const looker = await people.newcomer("looker");
  const {page, main} = looker;
  await page.goto(`/tickets/${ticket}`);
  await expect(main.getByRole("button", {name: "Buy"})).toBeEnabled();
  const buyer = await people.newcomer("buyer");
  const {id} = await created(buyer.api, "/api/orders", {ticketId: ticket});
  await expect(main).toContainText("Somebody else is just buying this.");
  await expect(main.getByRole("button", {name: "Buy"})).toHaveCount(0);
  await expect(main.getByRole("link", {name: "Others you may like"})).toBeVisible();
  await buyer.api.delete(`/api/orders/${id}`);
  await expect(main).toContainText("It is for sale again.");
  await expect(main.getByRole("button", {name: "Buy"})).toBeEnabled();
});

test("the JavaScript of the home page is below 170 KB, compressed", async ({people}) => {
  const {page} = await people.visitor();
  const sizes: Promise<number>[] = [];
  page.on("requestfinished", (request) => {
    if (request.resourceType() === "script") sizes.push(request.sizes().then(({responseBodySize}) => responseBodySize));
  });
  await page.goto("/");
  await page.evaluate(() => navigator.serviceWorker.ready); // asked for when the page is alive
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeGreaterThan(50_000); // it was all seen
  expect(bytes).toBeLessThan(170_000);
});
