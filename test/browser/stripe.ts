// Stripe, as far as a shop's page has to do with it. Its script and its form are ours
// and do what Stripe's documentation says of them; what they ask of Stripe's API the
// stand-in answers. The browser believes all of it to be at Stripe's own hosts.
import type {FrameLocator, Route} from "@playwright/test";
import {configure, shop, type Person} from "./shop.ts";

const keys = {STRIPE_SECRET_KEY: "sk_test_browser", STRIPE_PUBLISHABLE_KEY: "pk_test_browser"};

/** Has the shop believe that it charges cards at Stripe, or no more. */
export async function useStripe(on: boolean): Promise<void> {
  const settings = on ? keys : {STRIPE_SECRET_KEY: "", STRIPE_PUBLISHABLE_KEY: ""};
  await configure("payments", settings);
  await configure("client", {STRIPE_PUBLISHABLE_KEY: settings.STRIPE_PUBLISHABLE_KEY});
}

const script = "https://js.stripe.com/*/stripe.js";
const sessions = "https://api.stripe.com/v1/elements/sessions?**";
const confirmations = "https://api.stripe.com/v1/payment_intents/*/confirm";

/** Puts Stripe where somebody's browser looks for it. */
export async function withStripe(who: Person): Promise<Stripe> {
  who.withStripe = true;
  const {context} = who;
  const open = {"Access-Control-Allow-Origin": "*"};
  await context.route(script, (route) => route.fulfill({contentType: "text/javascript", body: `(${stripeJs})()`}));
  await context.route("https://js.stripe.com/*/form.html", (route) => route.fulfill({contentType: "text/html", body: form}));
  await context.route(sessions, (route) => route.fulfill({json: {}, headers: open}));
  await context.route(confirmations, async (route) => route.fulfill({response: await atStandIn(route)}));
  return new Stripe(who);
}

async function atStandIn(route: Route) {
  const {pathname} = new URL(route.request().url());
  return route.fetch({url: `${shop}/stripe-standin${pathname}`});
}

/** Stripe in somebody's browser. */
export class Stripe {
  private readonly who: Person;

  constructor(who: Person) {
    this.who = who;
  }

  /** What Stripe shows on the page. */
  get form(): FrameLocator {
    return this.who.main.frameLocator("iframe");
  }

  /** Chooses a card there and pays. */
  async pay(card: string): Promise<void> {
    await this.form.getByRole("combobox").selectOption(card);
    await this.who.main.getByRole("button", {name: /^Pay €/}).click();
  }

  /** A blocker keeps Stripe's script away, or its form. Returns what ends that. */
  async blocked(what: "script" | "form"): Promise<() => Promise<void>> {
    const url = what === "script" ? script : sessions;
    const block = (route: Route) => route.abort("blockedbyclient");
    await this.who.context.route(url, block);
    return () => this.who.context.unroute(url, block);
  }

  /** Stripe's script does not come the next time, and does not fail either. */
  async hanging(): Promise<void> {
    await this.who.context.route(script, () => new Promise<void>(() => undefined), {times: 1});
  }

  /** The next answer about a card is lost: before Stripe has heard of it, or after. */
  async silent(when: "before" | "after"): Promise<void> {
    await this.who.context.route(confirmations, async (route) => {
      if (when === "after") await atStandIn(route);
      await route.abort();
    }, {times: 1});
  }
}

/** What the form shows, and what it tells the script: that it is there, and which card was chosen. */
const form = `<!doctype html>
<html>
<head><meta charset="utf-8"><title>Card</title><style>select { box-sizing: border-box; width: 100%; }</style></head>
<body>
<label for="card">Card</label>
<select id="card"><option value="">–</option>${
  ["visa", "chargeDeclinedInsufficientFunds", "threeDSecure2Required"].map((card) => `<option>pm_card_${card}</option>`).join("")
}</select>
<p role="alert"></p>
<script>
  const card = document.querySelector("select"), said = document.querySelector("p");
  addEventListener("message", ({data: {locale, appearance: {variables}, invalid}}) => {
    if (invalid) return (said.textContent = locale === "de" ? "Die Kartennummer ist unvollständig." : "Your card number is incomplete.");
    document.documentElement.lang = locale;
    document.querySelector("label").textContent = locale === "de" ? "Karte" : "Card";
    for (const element of [document.body, card]) {
      Object.assign(element.style, {background: variables.colorBackground, color: variables.colorText, font: variables.fontSizeBase + " " + variables.fontFamily});
    }
    parent.postMessage({ready: true}, "*");
  });
  card.addEventListener("change", () => parent.postMessage({card: card.value}, "*"));
  parent.postMessage({loaded: true}, "*");
</script>
</body>
</html>`;

/** Stripe's script, in the browser: what the shop's page uses of it. */
function stripeJs(): void {
  type Options = {clientSecret: string; locale: string; appearance: object};
  const api = "https://api.stripe.com/v1";
  const folder = (document.currentScript as HTMLScriptElement).src.replace(/[^/]*$/, "");

  function elements(key: string, options: Options) {
    const listeners = new Map<string, (event: object) => void>();
    const frame = document.createElement("iframe");
    let card = "";
    const show = () => frame.contentWindow?.postMessage(JSON.parse(JSON.stringify(options)), "*");
    const hear = ({source, data}: MessageEvent<{loaded?: boolean; ready?: boolean; card?: string}>) => {
      if (source !== frame.contentWindow) return;
      if (data.loaded) show();
      if (data.ready) listeners.get("ready")?.({});
      card = data.card ?? card;
    };
    return {
      create: () => ({
        on: (event: string, listener: (event: object) => void) => listeners.set(event, listener),
        off: (event: string) => listeners.delete(event),
        async mount(where: HTMLElement) {
          frame.title = "Secure payment input frame";
          frame.style.cssText = "width: 100%; height: 9rem; border: 0";
          try {
            await fetch(`${api}/elements/sessions?${new URLSearchParams({client_secret: options.clientSecret, key})}`);
          } catch (error) {
            listeners.get("loaderror")?.({elementType: "payment", error});
            return;
          }
          addEventListener("message", hear);
          frame.src = `${folder}form.html`;
          where.append(frame);
        },
        destroy() {
          removeEventListener("message", hear);
          frame.remove();
        },
      }),
      update(changes: Partial<Options>) {
        Object.assign(options, changes);
        show();
      },
      async confirm(returnUrl: string) {
        if (!card) {
          frame.contentWindow?.postMessage({...JSON.parse(JSON.stringify(options)), invalid: true}, "*");
          return {error: {type: "validation_error", code: "incomplete_number", message: "Your card number is incomplete."}};
        }
        const id = options.clientSecret.split("_secret")[0];
        const body = new URLSearchParams({client_secret: options.clientSecret, payment_method: card, return_url: returnUrl});
        let answer;
        try {
          const response = await fetch(`${api}/payment_intents/${id}/confirm`, {method: "POST", headers: {Authorization: `Bearer ${key}`}, body});
          answer = await response.json();
        } catch {
          return {error: {type: "api_connection_error", message: "We could not reach Stripe."}};
        }
        if (answer.error) return {error: answer.error};
        const next = answer.next_action?.redirect_to_url?.url;
        if (!next) return {paymentIntent: answer};
        location.assign(next);
        return new Promise(() => undefined); // the page goes
      },
    };
  }

  const nothing = () => undefined;
  const Stripe = (key: string) => ({
    elements: (options: Options) => elements(key, {...options}),
    confirmPayment: ({elements, confirmParams}: {elements: {confirm(url: string): unknown}; confirmParams: {return_url: string}}) =>
      elements.confirm(confirmParams.return_url),
    // By these React's part knows it.
    createToken: nothing, createPaymentMethod: nothing, confirmCardPayment: nothing,
  });
  Object.assign(window, {Stripe: Object.assign(Stripe, {version: folder.split("/").at(-2)})});
}
