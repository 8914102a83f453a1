import {screen, waitFor, within} from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import {beforeEach, expect, test, vi} from "vitest";
import {anApi, json, problem} from "../../../../test/api";
import {renderPage} from "../../../../test/render";
import {aTicket} from "../../../../test/tickets";
import {QueryProvider} from "@/components/live/query-provider";
import type {Ticket} from "@/lib/api";
import {formIdempotencyKey} from "@/lib/idempotency";
import {SellForm} from "./sell-form";

vi.mock("./actions", () => ({sendOffer: vi.fn()}));

const push = vi.fn();
const replace = vi.fn();
vi.mock("next/navigation", () => ({useRouter: () => ({push, replace})}));

beforeEach(() => {
  push.mockReset();
  replace.mockReset();
  sessionStorage.clear();
  history.replaceState(null, "", "/sell");
});

function show({ticket, locale, userId = "seller"}: {ticket?: Ticket; locale?: "en" | "de"; userId?: string} = {}) {
  return renderPage(
    <QueryProvider>
      <SellForm
        ticket={ticket}
        userId={userId}
        currency="eur"
        once={ticket ? undefined : "the-form"}
        now={Date.UTC(2030, 4, 1)}
        zones={["Europe/Berlin", "Europe/London"]}
      />
    </QueryProvider>,
    locale,
  );
}

const field = (label: RegExp) => screen.getByLabelText(label);
const list = () => screen.getByRole("button", {name: "Put up for sale"});

/** Pastes: a key for each letter would have the form drawn as often. */
async function write(label: RegExp, text: string) {
  await userEvent.clear(field(label));
  await userEvent.click(field(label));
  await userEvent.paste(text);
}

async function fillIn() {
  await write(/^Title/, "Opening night");
  await write(/^Price/, "80,50");
}

test("lists what was typed, once, and shows it", async () => {
  let finish = (_: Response) => {};
  const calls = anApi({"POST /api/tickets": () => new Promise((resolve) => (finish = resolve))});
  show();
  await fillIn();
  await userEvent.selectOptions(field(/^Category/), "Theatre");
  await userEvent.type(field(/^Date and time/), "2030-12-24T20:00");
  await userEvent.selectOptions(field(/^Time zone/), "Europe/Berlin");
  await userEvent.dblClick(list());
  await waitFor(() => expect(calls).toHaveLength(1));
  expect(calls[0]?.body).toEqual({
    title: "Opening night",
    price: 80.5,
    quantity: 1,
    category: "theatre",
    startsAt: "2030-12-24T19:00:00.000Z",
    timeZone: "Europe/Berlin",
  });
  finish(Response.json(aTicket(), {status: 201}));
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/tickets/t1"));
  expect(calls).toHaveLength(1);
  expect(sessionStorage).toHaveLength(0);
});

test("says at each field what is missing, and leads to the first", async () => {
  const calls = anApi({});
  show();
  await userEvent.click(list());
  expect(field(/^Title/)).toHaveFocus();
  expect(field(/^Title/)).toHaveAccessibleDescription(/Please fill this in/);
  expect(field(/^Price/)).toBeInvalid();
  expect(screen.getByRole("alert")).toHaveTextContent("2 fields need another look.");
  await write(/^Title/, "A");
  expect(field(/^Title/)).toBeValid();
  expect(screen.getByRole("alert")).toHaveTextContent("One field needs another look.");
  expect(calls).toEqual([]);
});

test("shows how buyers will see it", async () => {
  show();
  await fillIn();
  await write(/^How many/, "2");
  await write(/^Venue/, "Schauspielhaus");
  const preview = within(screen.getByRole("region", {name: "How buyers see it"}));
  expect(preview.getByRole("heading", {level: 4})).toHaveTextContent("Opening night");
  expect(preview.getAllByText("Schauspielhaus")).not.toHaveLength(0);
  expect(preview.getByText("€80.50")).toBeInTheDocument();
  expect(field(/^Price/)).toHaveAccessibleDescription(/€40\.25 for each/);
});

test("what the API finds wrong is said at its field, until something else stands there", async () => {
  anApi({
    "POST /api/tickets": problem(400, {errors: [{field: "price", message: "Must be at most 55."}]}),
  });
  show();
  await fillIn();
  await userEvent.click(list());
  expect(await screen.findByText("Must be at most 55.")).toBeInTheDocument();
  expect(field(/^Price/)).toHaveFocus();
  expect(field(/^Price/)).toBeInvalid();
  await userEvent.type(field(/^Price/), "{Backspace}");
  expect(screen.queryByText("Must be at most 55.")).not.toBeInTheDocument();
});

test("a limit that only the shop knows is said in the visitor's language", async () => {
  const errors = [{field: "price", message: "Must be at most 55.50.", code: "too_large", limit: "55.50"}];
  anApi({"POST /api/tickets": problem(400, {errors})});
  show({locale: "de"});
  await write(/^Titel/, "Premiere");
  await write(/^Preis/, "60");
  await userEvent.click(screen.getByRole("button", {name: "Zum Verkauf anbieten"}));
  expect(await screen.findByText(/^Bitte höchstens 55,50/)).toBeInTheDocument();
});

test("what had no answer is sent again under the same key, and so listed once", async () => {
  const lost = () => Promise.reject(new TypeError("fetch failed"));
  const calls = anApi({"POST /api/tickets": [lost, problem(503), json(aTicket(), 201)]});
  show();
  await fillIn();
  await userEvent.click(list());
  await screen.findByRole("alert");
  await userEvent.click(list());
  const alert = await screen.findByRole("alert");
  expect(alert).toHaveTextContent("it may have been listed all the same");
  expect(within(alert).getByRole("link", {name: "My listings"})).toHaveAttribute("href", "/listings");
  expect(field(/^Title/)).toHaveValue("Opening night");
  await userEvent.click(list());
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/tickets/t1"));
  const keys = calls.map(({headers}) => headers.get("Idempotency-Key"));
  expect(keys).toHaveLength(3);
  expect(new Set(keys)).toEqual(new Set([formIdempotencyKey("the-form", calls[0]?.body)]));
});

test("what is sent after a correction has a key of its own", async () => {
  const calls = anApi({"POST /api/tickets": [problem(400, {errors: [{field: "price", message: "Too much."}]}), json(aTicket(), 201)]});
  show();
  await fillIn();
  await userEvent.click(list());
  await screen.findByText("Too much.");
  await write(/^Price/, "60");
  await userEvent.click(list());
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/tickets/t1"));
  const [first, second] = calls.map(({headers}) => headers.get("Idempotency-Key"));
  expect(first).toMatch(/^the-form-/);
  expect(second).toMatch(/^the-form-/);
  expect(second).not.toBe(first);
});

test("says that it is just being listed, where the first try is still under way", async () => {
  anApi({"POST /api/tickets": problem(409, {code: "key_in_use"})});
  show();
  await fillIn();
  await userEvent.click(list());
  expect(await screen.findByRole("alert")).toHaveTextContent("That is just being done. One moment, please.");
});

test("what was typed is there again after a session has ended, and can be begun anew", async () => {
  anApi({"POST /api/tickets": problem(401), "POST /api/users/refresh": problem(401)});
  const page = show();
  await fillIn();
  await userEvent.click(list());
  await waitFor(() => expect(push).toHaveBeenCalledWith("/signin?to=%2Fsell&why=ended"));
  page.unmount();
  show();
  expect(field(/^Title/)).toHaveValue("Opening night");
  expect(field(/^Price/)).toHaveValue("80,50");
  await userEvent.click(screen.getByRole("button", {name: "Start over"}));
  expect(field(/^Title/)).toHaveValue("");
  page.unmount();
  expect(sessionStorage).toHaveLength(0);
});

test("what one has typed is not shown to somebody else", async () => {
  const page = show();
  await fillIn();
  page.unmount();
  show({userId: "somebody-else"});
  expect(field(/^Title/)).toHaveValue("");
});

test("editing sends all there is, changed or not", async () => {
  const ticket = aTicket({venue: "Hall", quantity: 3, startsAt: "2030-12-24T19:00:00Z", timeZone: "Europe/Berlin"});
  const calls = anApi({"PUT /api/tickets/t1": json(ticket)});
  show({ticket});
  expect(field(/^Date and time/)).toHaveValue("2030-12-24T20:00");
  await write(/^Price/, "40");
  await userEvent.click(screen.getByRole("button", {name: "Save changes"}));
  await waitFor(() => expect(replace).toHaveBeenCalledWith("/tickets/t1"));
  expect(calls[0]?.headers.has("Idempotency-Key")).toBe(false);
  expect(calls[0]?.body).toEqual({
    title: "Opening night",
    price: 40,
    quantity: 3,
    venue: "Hall",
    startsAt: "2030-12-24T19:00:00Z",
    timeZone: "Europe/Berlin",
  });
});

test("says kindly that it can't be changed while somebody buys it", async () => {
  anApi({"PUT /api/tickets/t1": problem(409, {code: "reserved"})});
  show({ticket: aTicket()});
  await userEvent.click(screen.getByRole("button", {name: "Save changes"}));
  expect(await screen.findByRole("alert")).toHaveTextContent("Somebody is just buying this");
});

test("speaks German", async () => {
  show({locale: "de"});
  await userEvent.click(screen.getByRole("button", {name: "Zum Verkauf anbieten"}));
  expect(field(/^Titel/)).toHaveAccessibleDescription(/Bitte füll das aus/);
});
