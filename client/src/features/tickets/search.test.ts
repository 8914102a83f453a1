import {describe, expect, test} from "vitest";
import {hasWord, hiddenFilters, readSearch, searchPath, sortsFor} from "./search";

test.each(["opera", "歌舞伎", "3", "!a!"])("%s can be looked for", (text) => expect(hasWord(text)).toBe(true));

test.each(["", "!!!", "– · …", "🎟️"])("%s can't be looked for", (text) => expect(hasWord(text)).toBe(false));

describe("readSearch", () => {
  test("reads what an address asks for", () => {
    expect(
      readSearch({q: " hamlet ", category: "theatre", city: "Köln", from: "2030-05-01", minPrice: "9,50", sort: "-price", cursor: "c"}),
    ).toEqual({q: "hamlet", category: "theatre", city: "Köln", from: "2030-05-01", minPrice: 9.5, sort: "-price", cursor: "c"});
  });

  test.each([
    {category: "circus"},
    {from: "tomorrow"},
    {to: "2030-13-01"},
    {minPrice: "-1"},
    {maxPrice: "much"},
    {maxPrice: "Infinity"},
    {sort: "random"},
    {q: "  "},
    {unknown: "1"},
  ])("leaves out what makes no sense: %o", (params) => {
    expect(readSearch(params)).toEqual({});
  });

  test("takes the first of what is given twice, and no more of it than can be meant", () => {
    expect(readSearch({q: ["one", "two"]})).toEqual({q: "one"});
    expect(readSearch({q: "x".repeat(10_000)}).q).toHaveLength(200);
  });
});

test("the address of a change begins with its first page", () => {
  const search = readSearch({q: "hamlet & co", cursor: "c", sort: "price"});
  expect(searchPath(search, {category: "theatre"})).toBe("/?q=hamlet+%26+co&sort=price&category=theatre");
  expect(searchPath(search, {cursor: "d"})).toBe("/?q=hamlet+%26+co&sort=price&cursor=d");
  expect(searchPath({q: "hamlet"}, {q: undefined})).toBe("/");
  expect(readSearch(Object.fromEntries(new URLSearchParams(searchPath(search).slice(2))))).toEqual({q: "hamlet & co", sort: "price"});
});

test("counts the filters that are folded away, and not the others", () => {
  expect(hiddenFilters({q: "hamlet", category: "theatre", sort: "price"})).toBe(0);
  expect(hiddenFilters({city: "Köln", minPrice: 0})).toBe(2);
});

test("there is no best match of nothing", () => {
  expect(sortsFor({})).not.toContain("relevance");
  expect(sortsFor({q: "hamlet"})[0]).toBe("relevance");
});
