import fs from "node:fs";
import path from "node:path";
import {expect, test} from "vitest";
import {locales} from "./locales";

const folder = path.resolve(import.meta.dirname, "../../../messages");

function load(locale: string): Record<string, unknown> {
  return JSON.parse(fs.readFileSync(path.join(folder, `${locale}.json`), "utf8")) as Record<string, unknown>;
}

/** Every key with the names of what is filled in: {count}, {price}. */
function shape(messages: unknown, at = ""): string[] {
  if (typeof messages === "string") {
    const names = [...messages.matchAll(/\{(\w+)[,}]/g)].map(([, name]) => name).toSorted();
    return [`${at}(${[...new Set(names)].join(",")})`];
  }
  return Object.entries(messages as object).flatMap(([key, value]) => shape(value, at ? `${at}.${key}` : key));
}

test.each(Object.keys(locales))("%s says everything that English says, with the same values", (locale) => {
  expect(shape(load(locale)).toSorted()).toEqual(shape(load("en")).toSorted());
});
