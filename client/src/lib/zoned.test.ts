import {describe, expect, test} from "vitest";
import {isTimeZone, localOf, momentOf} from "./zoned";

describe("momentOf", () => {
  test.each([
    ["2030-05-01T20:00", "Europe/Berlin", "2030-05-01T18:00:00.000Z"],
    ["2030-12-24T20:00", "Europe/Berlin", "2030-12-24T19:00:00.000Z"],
    ["2030-05-01T20:00", "UTC", "2030-05-01T20:00:00.000Z"],
    ["2030-05-01T00:30", "Asia/Kolkata", "2030-04-30T19:00:00.000Z"],
    ["2030-12-31T23:30", "America/Los_Angeles", "2031-01-01T07:30:00.000Z"],
    ["2030-01-01T08:00", "Pacific/Kiritimati", "2029-12-31T18:00:00.000Z"],
    // The clocks go from 2 to 3 on this night, and from 3 to 2 on that one.
    ["2030-03-31T02:30", "Europe/Berlin", "2030-03-31T01:30:00.000Z"],
    ["2030-10-27T02:30", "Europe/Berlin", "2030-10-27T00:30:00.000Z"],
    ["2030-03-31T03:30", "Europe/Berlin", "2030-03-31T01:30:00.000Z"],
  ])("%s in %s is %s", (local, zone, moment) => {
    expect(momentOf(local, zone)?.toISOString()).toBe(moment);
  });

  test.each(["", "tomorrow", "2030-13-01T20:00", "2030-05-01"])("%j is no time", (local) => {
    expect(momentOf(local, "Europe/Berlin")).toBeUndefined();
  });
});

test("localOf gives back what was typed", () => {
  for (const [local, zone] of [["2030-07-14T19:45", "America/New_York"], ["2030-01-02T00:00", "Asia/Tokyo"]] as const) {
    expect(localOf(momentOf(local, zone)!.toISOString(), zone)).toBe(local);
  }
});

test("isTimeZone", () => {
  expect(isTimeZone("Europe/Berlin")).toBe(true);
  expect(isTimeZone("Europe/Atlantis")).toBe(false);
});
