import {expect, test} from "vitest";
import {dateTimeFormat, numberFormat} from "./intl";

test("a formatter is made once for each way to write", () => {
  const euro = numberFormat("de-DE", {style: "currency", currency: "EUR"});
  expect(numberFormat("de-DE", {style: "currency", currency: "EUR"})).toBe(euro);
  expect(numberFormat("en-GB", {style: "currency", currency: "EUR"})).not.toBe(euro);
  expect(euro.format(5)).toBe("5,00\u00a0€");
});

test("what people can spell in endless ways is not kept for ever", () => {
  const first = dateTimeFormat("en", {timeZone: "Europe/Berlin"});
  const spelled = (n: number) => [..."argentina"].map((c, i) => ((n >> i) & 1 ? c.toUpperCase() : c)).join("");
  for (let n = 0; n < 500; n++) dateTimeFormat("en", {timeZone: `America/${spelled(n)}/Ushuaia`});
  expect(dateTimeFormat("en", {timeZone: "Europe/Berlin"})).not.toBe(first);
});

test("a zone that is not known is refused each time", () => {
  for (let i = 0; i < 2; i++) expect(() => dateTimeFormat("en", {timeZone: "Europe/Atlantis"})).toThrow(RangeError);
});
