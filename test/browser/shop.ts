// What the tests of the shop in a browser are written with: people with a browser
// of their own, and the parts of the system that they can take away.
import {
  test as base, expect, request as requests,
  type APIRequestContext, type Browser, type BrowserContext, type BrowserContextOptions, type Locator, type Page,
} from "@playwright/test";

export {expect};

export const shop = process.env.SHOP ?? "";
export const password = "correct horse battery";

let count = 0;
export function email(name: string): string {
  return `${name}.${Date.now().toString(36)}.${++count}@example.com`;
}

/** Somebody with a browser of their own. */
export class Person {
  /** What their browser complained about. */
  readonly wrong: string[] = [];
  email = "";
  /** Whether they pay with Stripe: then its hosts are no foreign ones. */
  withStripe = false;
  readonly context: BrowserContext;
  readonly page: Page;

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    watch(this);
  }

  /** The API, with this person's session. */
  get api(): APIRequestContext {
    return this.context.request;
  }

  /** What the page is about: not what surrounds it. */
  get main(): Locator {
    return this.page.getByRole("main");
  }

  /** Signs in by hand, on the page for it. */
  async signIn(address = this.email, secret = password): Promise<void> {
    await this.page.getByLabel("E-mail").fill(address);
    await this.page.getByLabel("Password").fill(secret);
    await this.main.getByRole("button", {name: "Sign in"}).click();
  }
}

/** Notes whatever a browser complains about, or asks of another host. */
function watch(person: Person): void {
  const {context, wrong} = person;
  const known = (host: string) => person.withStripe && stripeHost.test(host);
  context.on("console", (message) => {
    // Answers that refuse are no defect, and looked at below where they may be one.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      wrong.push(`console: ${message.text()}`);
    }
  });
  context.on("weberror", (error) => wrong.push(`error: ${error.error().stack ?? error.error().message}`));
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.origin !== shop && !known(url.origin)) wrong.push(`foreign host: ${request.url()}`);
  });
  context.on("response", (response) => {
    const kind = response.request().resourceType();
    if (response.status() >= 400 && ["script", "stylesheet", "font", "image", "manifest"].includes(kind)) {
      wrong.push(`${response.status()} for the ${kind} ${response.url()}`);
    }
    const {"content-type": type, "content-security-policy": policy} = response.headers();
    if (kind === "document" && type?.startsWith("text/html") && !known(new URL(response.url()).origin)) {
      const fault = policyFault(policy ?? "", known);
      if (fault) wrong.push(`${response.url()}: ${fault}`);
    }
  });
}

/** What Stripe says to let through: https://docs.stripe.com/security/guide#content-security-policy */
const stripeHost = /^https:\/\/(api|js|\*\.js|hooks|\*)\.stripe\.com$/;

/** What is wrong with a page's content security policy: scripts need its nonce or their hash, and nothing comes from a host that is not known. */
function policyFault(policy: string, known: (host: string) => boolean): string | undefined {
  const directives = new Map(policy.split(";").map((part) => {
    const [name = "", ...sources] = part.trim().split(/\s+/);
    return [name, sources] as const;
  }));
  const scripts = directives.get("script-src") ?? directives.get("default-src") ?? ["anything"];
  const loose = scripts.filter((source) => !/^'(self|none|strict-dynamic|nonce-\S{16,}|sha256-\S{43}=)'$/.test(source));
  if (loose.length > 0) return `scripts may be ${loose.join(" ")}`;
  const foreign = [...directives.values()].flat().filter((source) => /^(\*|https?:)/.test(source) && !known(source));
  return foreign.length > 0 ? `may load from ${foreign.join(" ")}` : undefined;
}

/** Those who take part in a test. */
class People {
  private all: Person[] = [];
  private readonly browser: Browser;

  constructor(browser: Browser) {
    this.browser = browser;
  }

  /** A visitor without an account. */
  async visitor(options: BrowserContextOptions = {}): Promise<Person> {
    const context = await this.browser.newContext({baseURL: shop, locale: "en-GB", timezoneId: "Europe/Berlin", ...options});
    const person = new Person(context, await context.newPage());
    this.all.push(person);
    return person;
  }

  /** A visitor with a new account, signed in. */
  async newcomer(name: string, options: BrowserContextOptions = {}): Promise<Person> {
    const person = await this.visitor(options);
    person.email = email(name);
    await created(person.api, "/api/users/signup", {email: person.email, password});
    return person;
  }

  async leave(): Promise<void> {
    for (const {context} of this.all) await context.close();
    expect(this.all.flatMap(({wrong}) => wrong), "what browsers complained about").toEqual([]);
  }
}

export const test = base.extend<{people: People}>({
  people: async ({browser}, use) => {
    const people = new People(browser);
    await use(people);
    await people.leave();
  },
});

/** Makes a thing by the API, for somebody's session. */
export async function created<T = {id: string}>(api: APIRequestContext, path: string, data: object): Promise<T> {
  const answer = await api.post(shop + path, {data});
  expect(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

/** Asks the API for something, for somebody's session. */
export async function asked<T>(api: APIRequestContext, path: string): Promise<T> {
  const answer = await api.get(shop + path);
  expect(answer.ok(), `${path}: ${answer.status()} ${await answer.text()}`).toBe(true);
  return (await answer.json()) as T;
}

const day = 24 * 60 * 60 * 1000;

/** A ticket as a seller describes one. */
export function offer(title: string, more: object = {}): object {
  return {
    title, price: 49.5, originalPrice: 60, startsAt: new Date(Date.now() + 30 * day).toISOString(),
    timeZone: "Europe/Berlin", venue: "Philharmonie", city: "Berlin", category: "concert",
    section: "B", row: "4", seat: "12-13", quantity: 2, description: "Good view of the stage.", ...more,
  };
}

/** Somebody who sells, with no browser. */
export async function seller(): Promise<APIRequestContext> {
  const api = await requests.newContext({baseURL: shop});
  await created(api, "/api/users/signup", {email: email("seller"), password});
  return api;
}

/** Somebody else's ticket, just listed. */
export async function listed(title: string, more: object = {}): Promise<string> {
  const api = await seller();
  const {id} = await created(api, "/api/tickets", offer(title, more));
  await api.dispose();
  return id;
}

/** Orders a ticket by the API. The shop may still be learning of a ticket that was just listed. */
export async function ordered(who: Person, ticketId: string, holdSeconds?: number): Promise<string> {
  return (await created(who.api, "/api/orders", {ticketId, holdSeconds})).id;
}

/** Has the tests' parent do something with a part of the system. */
async function control(action: "kill" | "restart", part: string, settings: Record<string, string> = {}): Promise<void> {
  const answer = await fetch(`${process.env.CONTROL}/${action}/${part}?${new URLSearchParams(settings)}`, {method: "POST"});
  if (!answer.ok) throw new Error(`${action} ${part}: ${await answer.text()}`);
}

/** Does something while a part of the system is dead. */
export async function without(part: string, act: () => Promise<void>): Promise<void> {
  await control("kill", part);
  try {
    await act();
  } finally {
    await control("restart", part);
  }
}

/** Has a part of the system run with other settings. */
export async function configure(part: string, settings: Record<string, string>): Promise<void> {
  await control("kill", part);
  await control("restart", part, settings);
}

/** Goes on by keyboard until the focus is where it should be, and that can be seen. */
export async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if (await target.evaluate((element) => element === document.activeElement)) {
      // On the element itself, on what it draws after itself, or on the label around it.
      const shown = await target.evaluate((element) => {
        const outlined = (where: Element, part?: string) => {
          const {outlineStyle, outlineWidth} = getComputedStyle(where, part);
          return outlineStyle !== "none" && outlineWidth !== "0px";
        };
        return outlined(element) || outlined(element, "::after") || outlined(element.closest("label") ?? element);
      });
      expect(shown, "one sees where one is").toBe(true);
      return;
    }
  }
  throw new Error(`the Tab key does not lead to ${target}`);
}
