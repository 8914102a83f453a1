// `make bench-client`: what the home page costs a phone. Figures, no pass or fail.
import {expect, test} from "./shop.ts";

const runs = 7;
const slowdown = 4;

type Figures = {lcp: number; tbt: number; cls: number; scripts: number; bytes: number};

declare global {
  interface Window {
    seen: {lcp: number; cls: number; tasks: {start: number; length: number}[]};
  }
}

/** Notes what the browser says of itself, from the page's first moment. */
function note(): void {
  window.seen = {lcp: 0, cls: 0, tasks: []};
  const observe = (type: string, see: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({type, buffered: true});
  observe("largest-contentful-paint", ({startTime}) => (window.seen.lcp = startTime));
  observe("layout-shift", (entry) => (window.seen.cls += (entry as PerformanceEntry & {value: number}).value));
  observe("longtask", ({startTime, duration}) => window.seen.tasks.push({start: startTime, length: duration}));
}

test("home with 50 tickets", async ({people}) => {
  test.setTimeout(10 * 60_000);
  const all: Figures[] = [];
  for (let run = 0; run <= runs; run++) {
    const {page, context, main} = await people.visitor({viewport: {width: 390, height: 844}, deviceScaleFactor: 2});
    await page.addInitScript(note);
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", {rate: slowdown});
    await devtools.send("Network.enable");
    const scripts = new Set<string>();
    let bytes = 0;
    devtools.on("Network.responseReceived", ({requestId, type}) => {
      if (type === "Script") scripts.add(requestId);
    });
    devtools.on("Network.loadingFinished", ({requestId, encodedDataLength}) => {
      if (scripts.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto("/", {waitUntil: "load"});
    await expect(main.getByRole("list", {name: "Tickets"}).getByRole("listitem")).toHaveCount(50);
    await page.waitForTimeout(5_000); // until nothing goes on any more
    const seen = await page.evaluate(() => {
      const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
      const blocked = window.seen.tasks.filter(({start}) => start >= paint).map(({length}) => Math.max(0, length - 50));
      return {lcp: window.seen.lcp, cls: window.seen.cls, tbt: blocked.reduce((sum, each) => sum + each, 0)};
    });
    // The first one warms the server up.
    if (run > 0) all.push({...seen, scripts: scripts.size, bytes});
    await context.close();
  }
  const median = (of: (each: Figures) => number) => all.map(of).sort((a, b) => a - b)[Math.floor(runs / 2)]!;
  const most = (of: (each: Figures) => number) => Math.max(...all.map(of));
  const row = (name: string, of: (each: Figures) => number, digits = 0, unit = "ms") =>
    console.log(`${name.padEnd(28)} ${median(of).toFixed(digits).padStart(8)} ${unit}  (at most ${most(of).toFixed(digits)})`);
  console.log(`\nhome with 50 tickets, processor ${slowdown} times slower, median of ${runs} visits with an empty cache:`);
  row("largest contentful paint", ({lcp}) => lcp);
  row("total blocking time", ({tbt}) => tbt);
  row("cumulative layout shift", ({cls}) => cls, 4, "  ");
  row("JavaScript, compressed", ({bytes}) => bytes / 1000, 1, "kB");
  row("scripts", ({scripts}) => scripts, 0, "  ");
});
