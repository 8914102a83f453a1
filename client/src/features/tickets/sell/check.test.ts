import {describe, expect, test} from "vitest";
import {aTicket} from "../../../../test/tickets";
import {check} from "./check";
import {draftOf, emptyDraft, type Draft} from "./draft";

const now = Date.UTC(2030, 4, 1, 12);

const faultsOf = (changes: Partial<Draft>, currency = "eur") =>
  check({...emptyDraft, title: "A", price: "1", ...changes}, {currency, now}).faults;

test("a title and a price are enough", () => {
  const {offer, faults} = check({...emptyDraft, title: " Opening night ", price: "49,50"}, {currency: "eur", now});
  expect(faults).toEqual({});
  expect(offer).toEqual({title: "Opening night", price: 49.5, quantity: 1});
});

test("everything there is to say is sent, with the moment at which clocks at the venue show the time", () => {
  const draft = {
    title: "Opening night",
    category: "theatre",
    startsAt: "2030-12-24T20:00",
    timeZone: "Europe/Berlin",
    venue: "Schauspielhaus",
    city: "Köln",
    quantity: "2",
    section: "A",
    row: "3",
    seat: "12-13",
    price: "80",
    originalPrice: "100",
    description: "One\r\nTwo",
  };
  expect(check(draft, {currency: "eur", now})).toEqual({
    offer: {...draft, startsAt: "2030-12-24T19:00:00.000Z", quantity: 2, price: 80, originalPrice: 100, description: "One\nTwo"},
    faults: {},
  });
});

// The rules are those of services/tickets/draft.go.
describe("what is wrong is said at its field", () => {
  test.each<[Partial<Draft>, ReturnType<typeof faultsOf>]>([
    [{title: " ", price: ""}, {title: {code: "required"}, price: {code: "required"}}],
    [{title: "🎻".repeat(200)}, {}],
    [{title: "🎻".repeat(201)}, {title: {code: "tooLong", max: 200}}],
    [{venue: "x".repeat(121)}, {venue: {code: "tooLong", max: 120}}],
    [{city: "x".repeat(101)}, {city: {code: "tooLong", max: 100}}],
    [{section: "x".repeat(41)}, {section: {code: "tooLong", max: 40}}],
    [{row: "x".repeat(21)}, {row: {code: "tooLong", max: 20}}],
    [{seat: "x".repeat(61)}, {seat: {code: "tooLong", max: 60}}],
    [{description: "x".repeat(2001)}, {description: {code: "tooLong", max: 2000}}],
    [{description: "a\n\tb"}, {}],
    [{title: "a\tb"}, {title: {code: "characters"}}],
    [{description: "a\u0007b"}, {description: {code: "characters"}}],
    [{category: "opera"}, {category: {code: "choice"}}],
    [{quantity: "0"}, {quantity: {code: "quantity", max: 20}}],
    [{quantity: "21"}, {quantity: {code: "quantity", max: 20}}],
    [{quantity: "1.5"}, {quantity: {code: "quantity", max: 20}}],
    [{quantity: ""}, {quantity: {code: "quantity", max: 20}}],
    [{price: "1,000"}, {price: {code: "amount"}}],
    [{price: "0"}, {price: {code: "positive"}}],
    [{originalPrice: "much"}, {originalPrice: {code: "amount"}}],
    [{startsAt: "2030-05-01T14:00", timeZone: ""}, {timeZone: {code: "zone"}}],
    [{startsAt: "2030-05-01T14:00", timeZone: "Europe/Berlin"}, {startsAt: {code: "past"}}],
    [{startsAt: "2030-05-01T14:01", timeZone: "Europe/Berlin"}, {}],
    [{startsAt: "2040-05-01T14:01", timeZone: "Europe/Berlin"}, {startsAt: {code: "tooFar", max: 10}}],
    [{startsAt: "?", timeZone: "Europe/Berlin"}, {startsAt: {code: "date"}}],
  ])("%j", (changes, faults) => {
    expect(faultsOf(changes)).toEqual(faults);
  });

  test("in yen there are no decimals", () => {
    expect(faultsOf({price: "5.5"}, "jpy")).toEqual({price: {code: "amount"}});
  });
});

describe("what is edited", () => {
  const was = aTicket({startsAt: "2030-04-01T18:00:30Z", timeZone: "Europe/Berlin", venue: "Hall", quantity: 3});

  test("is sent as it was where nothing was changed, although it is over", () => {
    const {offer, faults} = check(draftOf(was, "en"), {currency: "eur", now, was});
    expect(faults).toEqual({});
    expect(offer).toEqual({
      title: "Opening night",
      price: 49.5,
      startsAt: "2030-04-01T18:00:30Z",
      timeZone: "Europe/Berlin",
      venue: "Hall",
      quantity: 3,
    });
  });

  test("can't lose a time that has passed, nor get another one that has", () => {
    const draft = draftOf(was, "en");
    expect(check({...draft, startsAt: ""}, {currency: "eur", now, was}).faults).toEqual({startsAt: {code: "started"}});
    expect(check({...draft, startsAt: "2030-04-30T18:00"}, {currency: "eur", now, was}).faults).toEqual({
      startsAt: {code: "past"},
    });
  });

  test("is cleared of what was emptied", () => {
    const {offer} = check({...draftOf(was, "en"), venue: ""}, {currency: "eur", now, was});
    expect(offer).not.toHaveProperty("venue");
    expect(offer).toHaveProperty("quantity"); // a body of title and price alone would leave all the rest
  });
});
