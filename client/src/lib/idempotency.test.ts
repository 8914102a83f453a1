import {expect, test} from "vitest";
import {formIdempotencyKey} from "./idempotency";

test("a form's key goes with what it sends", () => {
  const key = formIdempotencyKey("form", {title: "A", price: 20});
  expect(formIdempotencyKey("form", {title: "A", price: 20})).toBe(key);
  expect(formIdempotencyKey("another", {title: "A", price: 20})).not.toBe(key);
  expect(formIdempotencyKey(undefined, {title: "A", price: 20})).toBeUndefined();
  expect(formIdempotencyKey("", {title: "A", price: 20})).toBeUndefined();
});

test("whatever is sent has a key of its own that the API takes", () => {
  const keys = new Set<string | undefined>();
  for (let price = 0; price < 1000; price++) keys.add(formIdempotencyKey("form", {title: "A", price}));
  for (const title of ["", "B", "AB", "BA", "ä", "日本", "🎭", "A".repeat(2000)]) keys.add(formIdempotencyKey("form", {title}));
  expect(keys.size).toBe(1008);
  for (const key of keys) expect(key).toMatch(/^form-[0-9a-f]{16}$/);
});
