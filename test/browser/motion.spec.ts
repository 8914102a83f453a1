// Whoever wants less motion has none.
import type {Page} from "@playwright/test";
import {expect, listed, ordered, test} from "./shop.ts";

/** What moves on a page, or would when something changes there. */
function moving(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const longest = (times: string) => Math.max(...times.split(",").map((time) => parseFloat(time) * (time.endsWith("ms") ? 1 : 1000)));
    const found = document.getAnimations().filter(({playState}) => playState === "running").map(() => "an animation");
    for (const element of Array.from(document.querySelectorAll("body, body *"))) {
      for (const part of [undefined, "::before", "::after"]) {
        const {animationName, animationDuration, transitionDuration} = getComputedStyle(element, part);
        const name = `${element.tagName}.${element.className}${part ?? ""}`;
        if (animationName !== "none" && longest(animationDuration) > 1) found.push(`${name} is ${animationName} for ${animationDuration}`);
        if (longest(transitionDuration) > 1) found.push(`${name} changes for ${transitionDuration}`);
      }
    }
    return found;
  });
}

const expectStill = (page: Page) => expect.poll(() => moving(page)).toEqual([]);

test("whoever wants less motion has none, not even while paying", async ({people}) => {
  const who = await people.newcomer("calm", {reducedMotion: "reduce"});
  const {page, main} = who;
  await page.goto("/");
  await expect(main.getByRole("list", {name: "Tickets"})).toBeVisible();
  await expectStill(page);

  const order = await ordered(who, await listed("Bought calmly"));
  await page.goto(`/orders/${order}`);
  await expect(main.getByRole("timer")).toBeVisible();
  await expectStill(page);

  await page.goto(`/orders/${order}/pay`);
  await expect(main.getByRole("button", {name: /^Pay €/})).toBeVisible();
  await expectStill(page);
  let answer = () => {};
  const looked = new Promise<void>((resolve) => (answer = resolve));
  await page.route("**/payment_intents/*/confirm", async (route) => {
    await looked;
    await route.continue();
  });
  await main.getByRole("button", {name: /^Pay €/}).click();
  await expect(main.getByText("Your card is being asked. Please wait.")).toBeAttached();
  await expectStill(page);
  await page.emulateMedia({reducedMotion: "no-preference"});
  expect(await moving(page), "motion is found where it is").not.toEqual([]);
  await page.emulateMedia({reducedMotion: "reduce"});

  answer();
  await expect(main.getByRole("heading", {name: "It is yours."})).toBeVisible();
  await expectStill(page);
});
