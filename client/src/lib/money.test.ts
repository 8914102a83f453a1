import {describe, expect, test} from "vitest";
import {decimalsOf, formatMoney, parseAmount, typedAmount} from "./money";

describe("parseAmount", () => {
  test.each([
    ["49.50", "eur", 49.5],
    ["49,50", "eur", 49.5],
    ["49", "eur", 49],
    [" 1 200 ", "eur", 1200],
    ["1,234.50", "eur", 1234.5],
    ["1.234.567,50", "eur", 1234567.5],
    ["0.125", "kwd", 0.125],
    ["5000", "jpy", 5000],
  ])("reads %j in %s", (text, currency, amount) => {
    expect(parseAmount(text, currency)).toBe(amount);
  });

  // 1,000 may be a thousand or one: nobody shall sell a ticket for the wrong one.
  test.each([["1,000", "eur"], ["1.000", "eur"], ["1,00.50", "eur"], ["1,000,50", "eur"], ["5.5", "jpy"], ["-3", "eur"], ["free", "eur"], ["", "eur"], ["1e3", "eur"]])(
    "does not guess what %j means in %s",
    (text, currency) => {
      expect(parseAmount(text, currency)).toBeNaN();
    },
  );
});

test("amounts are written as the language does", () => {
  expect(formatMoney(1249.5, "eur", "en")).toBe("€1,249.50");
  expect(formatMoney(1249.5, "eur", "de").replace(/\s/g, " ")).toBe("1.249,50 €");
  expect(formatMoney(50, "eur", "en")).toBe("€50");
});

test("an amount is typed as the language writes it, and read again", () => {
  expect(typedAmount(1249.5, "eur", "en")).toBe("1249.50");
  expect(typedAmount(1249.5, "eur", "de")).toBe("1249,50");
  expect(typedAmount(5000, "jpy", "de")).toBe("5000");
  expect(parseAmount(typedAmount(1249.5, "eur", "de"), "eur")).toBe(1249.5);
});

test("currencies differ in their decimals", () => {
  expect([decimalsOf("eur"), decimalsOf("jpy"), decimalsOf("kwd")]).toEqual([2, 0, 3]);
});
