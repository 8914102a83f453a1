// A page, looked at as people have it: on a phone and on a desk, in light and dark, in
// English and German. What holds is that nothing is beyond the edge, nor where all is four
// times as large, that axe finds nothing, and that no English is left in German; how it
// looks is kept for a person.
import AxeBuilder from "@axe-core/playwright";
import type {Page} from "@playwright/test";
import {expect, type Person} from "./shop.ts";
import {englishOn} from "./words.ts";

export const sizes = {phone: {width: 390, height: 844}, desktop: {width: 1280, height: 900}};
type Size = keyof typeof sizes;
type Scheme = "light" | "dark";

/** Looks at the page that somebody is on. settle waits for it, and is done again in German. */
export async function look({page, context}: Person, name: string, settle?: () => Promise<void>): Promise<void> {
  await ready(page, settle);
  for (const size of ["phone", "desktop"] as const) {
    for (const scheme of ["light", "dark"] as const) {
      await become(page, size, scheme);
      await keep(page, `${name}-${size}-${scheme}`);
      // Each look of axe takes its time: what is not seen here is seen in German below.
      if ((size === "phone") === (scheme === "light")) expect(await faults(page), `${size}, ${scheme}`).toEqual([]);
    }
  }
  await reflow(page, name);
  expect(await englishOn(page), "English is found where it is").not.toEqual([]);

  await context.addCookies([{name: "locale", value: "de", url: page.url()}]);
  await become(page, "phone", "light");
  await page.reload();
  await ready(page, settle);
  await expect(page.locator("html")).toHaveAttribute("lang", "de");
  await keep(page, `${name}-phone-light-de`);
  await reflow(page, `${name}, in German`);
  expect(await englishOn(page), "English on the German page").toEqual([]);
  await become(page, "phone", "dark");
  expect(await faults(page), "phone, dark, in German").toEqual([]);
}

/** Looks at a page that speaks for itself in every language. */
export async function glance(page: Page, name: string): Promise<void> {
  for (const [size, scheme] of [["phone", "light"], ["desktop", "dark"]] as const) {
    await become(page, size, scheme);
    await keep(page, `${name}-${size}-${scheme}`);
    expect(await faults(page), `${size}, ${scheme}`).toEqual([]);
  }
  await reflow(page, name);
}

async function ready(page: Page, settle?: () => Promise<void>): Promise<void> {
  await settle?.();
  await expect(page.getByRole("heading", {level: 1})).toBeVisible();
  await page.evaluate(() => document.fonts.ready);
}

/** Has the device be of a size, and light or dark, and waits until the page is. */
async function become(page: Page, size: Size, colorScheme: Scheme): Promise<void> {
  await page.setViewportSize(sizes[size]);
  await page.emulateMedia({colorScheme});
  // What stands alone, without the shop around it, follows without a script.
  const shown = () => page.evaluate(() => document.documentElement.dataset.mantineColorScheme);
  await expect.poll(async () => (await shown()) ?? colorScheme).toBe(colorScheme);
}

async function keep(page: Page, name: string): Promise<void> {
  await whole(page);
  await page.screenshot({path: `../../.ticketx/screenshots/${name}.png`});
  await fits(page, name);
}

/** Sees that nothing is beyond the edge where one has a desk's window, and four times the size of all: WCAG 1.4.10. */
async function reflow(page: Page, name: string): Promise<void> {
  await page.setViewportSize({width: 320, height: 256});
  await fits(page, `${name}, 320 wide`);
  const swiped = await page.evaluate(() =>
    Array.from(document.querySelectorAll("body *"))
      .filter((element) => /auto|scroll/.test(getComputedStyle(element).overflowX) && element.scrollWidth > element.clientWidth)
      .map(({outerHTML}) => outerHTML));
  expect(swiped, `what is to be swiped, ${name}, 320 wide`).toEqual([]);
}

async function fits(page: Page, name: string): Promise<void> {
  const beyond = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(beyond, `pixels beyond the edge, ${name}`).toBe(0);
}

/**
 * Has the window be as high as the page. What is far outside of it is not drawn, and what
 * stays at its edge would stand in the middle of a picture of more.
 */
async function whole(page: Page): Promise<void> {
  const {width, height} = page.viewportSize()!;
  // What is drawn then may be higher than it was taken for.
  for (let turn = 0; turn < 2; turn++) {
    const full = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({width, height: Math.max(height, full)});
    await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  }
}

const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What somebody could not read or reach. */
async function faults(page: Page): Promise<string[]> {
  const {violations} = await new AxeBuilder({page}).options({runOnly: rules, resultTypes: ["violations"]}).analyze();
  return violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(" ")}`);
}
