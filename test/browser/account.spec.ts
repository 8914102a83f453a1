import {expect, email, password, test} from "./shop.ts";

test("one signs up, out and in, and comes back to where one was", async ({people}) => {
  const who = await people.visitor();
  const {page, main} = who;
  const address = email("mara");
  await page.goto("/signup?to=%2Faccount");
  await page.getByLabel("E-mail").fill(address);
  await page.getByLabel("Password").fill(password);
  await main.getByRole("button", {name: "Create account"}).click();
  await expect(page).toHaveURL(/\/account$/);
  await expect(main).toContainText(address);

  await page.getByRole("navigation", {name: "Account and pages"}).getByRole("button", {name: "Account"}).click();
  await page.getByRole("banner").getByRole("button", {name: "Sign out"}).click();
  await expect(page).toHaveURL(/\/$/);
  await page.goto("/account");
  await expect(page).toHaveURL(/\/signin\?to=%2Faccount/);
  await page.getByLabel("E-mail").fill(address);
  await page.getByLabel("Password").fill(password);
  await page.getByLabel("Password").press("Enter");
  await expect(page).toHaveURL(/\/account$/);
  await main.getByRole("button", {name: "Sign out"}).click();
  await expect(page).toHaveURL(/\/$/);
  await expect(page.getByRole("banner").getByRole("link", {name: "Sign in"})).toBeVisible();
});

test("what is wrong is said at its field, and nothing is lost", async ({people}) => {
  const {page, main} = await people.visitor();
  await page.goto("/signup");
  await page.getByLabel("E-mail").fill("nobody@example.com");
  await page.getByLabel("Password").fill("short");
  await main.getByRole("button", {name: "Create account"}).click();
  await expect(page.getByLabel("Password")).toHaveAttribute("aria-invalid", "true");
  await expect(main).toContainText("Between 8 and 128 characters, please.");
  await expect(page.getByLabel("E-mail")).toHaveValue("nobody@example.com");
});

test("an address that has an account is not taken twice", async ({people}) => {
  const {email: address} = await people.newcomer("first");
  const {page, main} = await people.visitor();
  await page.goto("/signup");
  await page.getByLabel("E-mail").fill(address);
  await page.getByLabel("Password").fill(password);
  await main.getByRole("button", {name: "Create account"}).click();
  await expect(main).toContainText("This address has an account already.");
});

test("a wrong password is refused kindly", async ({people}) => {
  const who = await people.newcomer("ann");
  await who.context.clearCookies();
  await who.page.goto("/signin");
  await who.signIn(who.email, "not this one");
  await expect(who.main).toContainText("E-mail or password is wrong.");
});

test("a target elsewhere is not gone to after signing in", async ({people}) => {
  const who = await people.newcomer("ann");
  await who.context.clearCookies();
  await who.page.goto("/signin?to=https%3A%2F%2Fevil.example%2F");
  await who.signIn();
  await expect(who.page).toHaveURL(`${process.env.SHOP}/`);
});
