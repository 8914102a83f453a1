// `make bench-client`: what the home page costs a phone. Figures, no pass or fail.
import {expect, test} from "./shop.ts";

const runs = 7;
const slowdown = 4;

type Figures = {lcp: number; largest: string; tbt: number; cls: number; moved: string[]; scripts: number; bytes: number};

type Shift = PerformanceEntry & {value: number; sources: {node: Node | null}[]};
type Paint = PerformanceEntry & {element: Element | null};

declare global {
  interface Window {
    seen: {lcp: number; largest: string; cls: number; moved: string[]; tasks: {start: number; length: number}[]};
  }
}

/** Notes what the browser says of itself, from the page's first moment. */
function note(): void {
  window.seen = {lcp: 0, largest: "", cls: 0, moved: [], tasks: []};
  const name = (node: Node | null) => (node instanceof Element ? node : node?.parentElement)?.outerHTML.slice(0, 120) ?? "";
  const observe = (type: string, see: (entry: PerformanceEntry) => void) =>
    new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({type, buffered: true});
  observe("largest-contentful-paint", (entry) => {
    window.seen.lcp = entry.startTime;
    window.seen.largest = name((entry as Paint).element);
  });
  observe("layout-shift", (entry) => {
    const {value, sources} = entry as Shift;
    window.seen.cls += value;
    window.seen.moved.push(...sources.map(({node}) => name(node)));
  });
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
      const {lcp, largest, cls, moved} = window.seen;
      return {lcp, largest, cls, moved, tbt: blocked.reduce((sum, each) => sum + each, 0)};
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
  for (const largest of new Set(all.map((each) => each.largest))) console.log(`largest: ${largest}`);
  for (const moved of new Set(all.flatMap((each) => each.moved))) console.log(`moved:   ${moved}`);
});
