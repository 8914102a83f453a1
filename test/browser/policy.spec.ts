import {expect, test} from "./shop.ts";

// Every test fails for what a browser complains about (shop.ts). This one sees that
// browsers do complain, and that nothing comes of what they complain about.
test("a script that somebody smuggled in does not run, and reaches nobody", async ({people}) => {
  const {page, wrong} = await people.visitor();
  await page.goto("/");
  await page.evaluate(() => {
    const script = document.createElement("div");
    script.innerHTML = `<img src="/nothing" onerror="document.title = 'taken over'">`;
    document.body.append(script);
    return fetch("https://elsewhere.example/").catch(() => undefined);
  });
  await expect.poll(() => wrong.filter((each) => /Content Security Policy/.test(each)).length).toBeGreaterThan(1);
  await expect(page).not.toHaveTitle("taken over");
  wrong.length = 0;
});
