// `make bench-client`: what the home page costs a phone. Figures, no pass or fail.
import {mkdtempSync} from "node:fs";
import {rm} from "node:fs/promises";
import {tmpdir} from "node:os";
import {join} from "node:path";
import {test, type CDPSession} from "@playwright/test";
import {expect, shop} from "./shop.ts";

// A browser as people have it, without what Playwright turns off and on for tests.
const profile = mkdtempSync(join(tmpdir(), "chromium-"));
test.use({
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    ignoreDefaultArgs: true,
    args: [
      "--headless", "--no-sandbox", "--no-first-run", "--no-startup-window", "--disable-extensions",
      "--remote-debugging-pipe", `--user-data-dir=${profile}`,
    ],
  },
});
test.afterAll(() => rm(profile, {recursive: true, force: true, maxRetries: 5, retryDelay: 500}));

const runs = 9;
const slowdown = 4;

type Figures = {
  first: number; fcp: number; lcp: number; largest: string; tbt: number; cls: number; moved: string[];
  tickets: number; scripts: number; bytes: number;
};

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

/** What was noted, and what was loaded. */
function tell(): Figures {
  const paint = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0;
  const blocked = window.seen.tasks.filter(({start}) => start >= paint).map(({length}) => Math.max(0, length - 50));
  const scripts = (performance.getEntriesByType("resource") as PerformanceResourceTiming[])
    .filter(({name}) => new URL(name).pathname.endsWith(".js"));
  const {lcp, largest, cls, moved} = window.seen;
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  return {
    first: page!.responseStart, fcp: paint, lcp, largest, cls, moved,
    tbt: blocked.reduce((sum, each) => sum + each, 0),
    tickets: document.querySelectorAll("main ul[aria-label=Tickets] > li").length,
    scripts: scripts.length,
    bytes: scripts.reduce((sum, {transferSize}) => sum + transferSize, 0),
  };
}

/**
 * Until the browser does nothing any more. Every visit opens a window, and a window's own
 * parts are pages, too: they load for a second or two, on the processors that the visit
 * is to have for itself.
 */
async function settled(devtools: CDPSession): Promise<void> {
  const worked = async () => {
    const {processInfo} = await devtools.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, {cpuTime}) => sum + cpuTime, 0);
  };
  for (let before = await worked(), tries = 0; tries < 60; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const now = await worked();
    if (now - before < 0.05) return; // s: a tenth of a processor
    before = now;
  }
  throw new Error("the browser does not come to rest");
}

/**
 * A phone's visit, with an empty cache. The page is asked by DevTools alone, because
 * Playwright has the debugger's Runtime domain on in its own pages: V8 then notes much
 * more of every error that is made, and React makes some while it loads. People's
 * browsers do not, and that is half of the blocking time.
 */
async function visit(devtools: CDPSession, address: string): Promise<Figures> {
  const {browserContextId} = await devtools.send("Target.createBrowserContext");
  const {targetId} = await devtools.send("Target.createTarget", {url: "about:blank", browserContextId});
  const {sessionId} = await devtools.send("Target.attachToTarget", {targetId});
  let last = 0;
  const ask = (method: string, params = {}) =>
    new Promise<{result?: {value: Figures}; exceptionDetails?: object}>((resolve, reject) => {
      const id = ++last;
      const hear = (heard: {sessionId: string; message: string}) => {
        const answer = JSON.parse(heard.message) as {id?: number; result: object; error?: {message: string}};
        if (heard.sessionId !== sessionId || answer.id !== id) return;
        devtools.off("Target.receivedMessageFromTarget", hear);
        if (answer.error) reject(new Error(`${method}: ${answer.error.message}`));
        else resolve(answer.result);
      };
      devtools.on("Target.receivedMessageFromTarget", hear);
      devtools.send("Target.sendMessageToTarget", {sessionId, message: JSON.stringify({id, method, params})}).catch(reject);
    });
  try {
    await settled(devtools); // before it is slowed down, for which the browser keeps a thread busy
    await ask("Page.enable");
    await ask("Emulation.setDeviceMetricsOverride", {width: 390, height: 844, deviceScaleFactor: 2, mobile: true});
    await ask("Emulation.setCPUThrottlingRate", {rate: slowdown});
    await ask("Page.addScriptToEvaluateOnNewDocument", {source: `(${note})()`});
    await ask("Page.navigate", {url: address});
    await new Promise((resolve) => setTimeout(resolve, 6_000)); // until nothing goes on any more
    const {result, exceptionDetails} = await ask("Runtime.evaluate", {expression: `(${tell})()`, returnByValue: true});
    if (!result || exceptionDetails) throw new Error(`the page does not tell: ${JSON.stringify(exceptionDetails)}`);
    return result.value;
  } finally {
    await devtools.send("Target.disposeBrowserContext", {browserContextId});
  }
}

test("home with 50 tickets", async ({browser}) => {
  test.setTimeout(10 * 60_000);
  const devtools = await browser.newBrowserCDPSession();
  const all: Figures[] = [];
  for (let run = 0; run <= runs; run++) {
    const figures = await visit(devtools, `${shop}/`);
    expect(figures.tickets).toBe(50);
    // The first one warms the server up.
    if (run > 0) all.push(figures);
  }
  const median = (of: (each: Figures) => number) => all.map(of).sort((a, b) => a - b)[Math.floor(runs / 2)]!;
  const most = (of: (each: Figures) => number) => Math.max(...all.map(of));
  const row = (name: string, of: (each: Figures) => number, digits = 0, unit = "ms") =>
    console.log(`${name.padEnd(28)} ${median(of).toFixed(digits).padStart(8)} ${unit}  (at most ${most(of).toFixed(digits)})`);
  console.log(`\nhome with 50 tickets, processor ${slowdown} times slower, median of ${runs} visits with an empty cache:`);
  row("first byte", ({first}) => first);
  row("first contentful paint", ({fcp}) => fcp);
  row("largest contentful paint", ({lcp}) => lcp);
  row("total blocking time", ({tbt}) => tbt);
  row("cumulative layout shift", ({cls}) => cls, 4, "  ");
  row("JavaScript, compressed", ({bytes}) => bytes / 1000, 1, "kB");
  row("scripts", ({scripts}) => scripts, 0, "  ");
  for (const largest of new Set(all.map((each) => each.largest))) console.log(`largest: ${largest}`);
  for (const moved of new Set(all.flatMap((each) => each.moved))) console.log(`moved:   ${moved}`);
});
