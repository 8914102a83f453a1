// What holds on every page (look.ts). Those of a shop that is in trouble are in trouble.spec.ts.
import {glance, look, sizes} from "./look.ts";
import {sights} from "./pages.ts";
import {expect, test} from "./shop.ts";

for (const {name, signedIn, path, status = 200, act, foreign} of sights) {
  test(`${name} @page`, async ({people}) => {
    const options = {viewport: sizes.phone, reducedMotion: "reduce" as const};
    const who = signedIn ? await people.newcomer(name, options) : await people.visitor(options);
    const answer = await who.page.goto(await path(who));
    expect(answer?.status()).toBe(status);
    await (foreign ? glance(who.page, name) : look(who, name, act && (() => act(who))));
  });
}
