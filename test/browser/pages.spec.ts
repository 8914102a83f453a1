// What holds on every page: it is accessible, in light and dark, on a phone and on a
// desk, with nothing beyond the edge. And how it looks, for a person to judge.
import AxeBuilder from "@axe-core/playwright";
import {sights} from "./pages.ts";
import {expect, test} from "./shop.ts";

const sizes = {phone: {width: 390, height: 844}, desktop: {width: 1280, height: 900}};
const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

for (const {name, signedIn, path, status = 200} of sights) {
  test(`${name} @page`, async ({people}) => {
    const options = {viewport: sizes.phone, reducedMotion: "reduce" as const};
    const who = signedIn ? await people.newcomer(name, options) : await people.visitor(options);
    const {page} = who;
    const answer = await page.goto(await path(who));
    expect(answer?.status()).toBe(status);
    await expect(page.getByRole("heading", {level: 1})).toBeVisible();
    await page.evaluate(() => document.fonts.ready);

    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({colorScheme});
        await page.screenshot({path: `../../.ticketx/screenshots/${name}-${size}-${colorScheme}.png`, fullPage: true});
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wide, `pixels beyond the edge, ${size}`).toBe(0);
        const {violations} = await new AxeBuilder({page}).options({runOnly: rules, resultTypes: ["violations"]}).analyze();
        const found = violations.map(({id, nodes}) => `${id}: ${nodes.map(({html}) => html).join(" ")}`);
        expect(found, `${size}, ${colorScheme}`).toEqual([]);
      }
    }
  });
}
