import {beforeEach, expect, test, vi} from "vitest";
import {anApi, json, problem} from "../../../../test/api";
import {aTicket} from "../../../../test/tickets";
import {createApi} from "@/lib/api/client";
import {sendOffer} from "./actions";

const redirect = vi.hoisted(() => vi.fn());
vi.mock("next/navigation", () => ({redirect}));
vi.mock("next-intl/server", () => ({
  getLocale: () => Promise.resolve("en"),
  getTranslations: () => Promise.resolve(Object.assign((key: string) => key, {has: () => true})),
}));
vi.mock("@/lib/api/server", () => ({
  serverApi: () => Promise.resolve(createApi({baseUrl: "http://shop", fetch: (request) => fetch(request)})),
}));
vi.mock("@/features/tickets/catalogue", () => ({loadTicket: () => Promise.resolve(aTicket())}));

beforeEach(() => redirect.mockReset());

function form(fields: Record<string, string>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries({title: "A", quantity: "1", price: "20", currency: "eur", ...fields})) {
    data.set(name, value);
  }
  return data;
}

const send = (fields: Record<string, string>) => sendOffer({fields: {}}, form(fields));

test("the same form again has the same key, and after a correction another", async () => {
  const calls = anApi({"POST /api/tickets": [problem(503), problem(409, {code: "key_in_use"}), json(aTicket(), 201)]});
  expect(await send({once: "form"})).toMatchObject({once: "form", problem: "unsure"});
  expect(await send({once: "form"})).toMatchObject({once: "form", problem: "code.key_in_use"});
  expect(await send({once: "form", price: "a lot"})).toMatchObject({once: "form"});
  await send({once: "form", price: "30"});
  expect(redirect).toHaveBeenCalledWith("/tickets/t1");
  const [first, second, third] = calls.map(({headers}) => headers.get("Idempotency-Key"));
  expect(first).toMatch(/^form-/);
  expect(second).toBe(first);
  expect(third).toMatch(/^form-/);
  expect(third).not.toBe(first);
});

test("no key goes with what is changed, or comes from a form without one", async () => {
  const calls = anApi({"POST /api/tickets": json(aTicket(), 201), "PUT /api/tickets/t1": json(aTicket())});
  await send({});
  await send({ticket: "t1", once: "form"});
  expect(calls.map(({method, headers}) => [method, headers.has("Idempotency-Key")])).toEqual([
    ["POST", false],
    ["PUT", false],
  ]);
});
