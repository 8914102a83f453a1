import {act, screen} from "@testing-library/react";
import {afterEach, beforeEach, expect, test, vi} from "vitest";
import {renderPage} from "../../../test/render";
import {ServerClock} from "@/lib/server-clock";
import {Countdown} from "./countdown";

const noon = Date.UTC(2030, 4, 1, 12);

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function show(seconds: number, onEnd?: () => void, locale: "en" | "de" = "en") {
  const clock = new ServerClock();
  clock.heard(noon);
  const until = noon + seconds * 1000;
  renderPage(<Countdown until={until} from={noon - 60_000} now={noon} clock={clock} onEnd={onEnd} />, locale);
  return clock;
}

const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));

test("counts by the server's time, whatever the visitor's clock shows", async () => {
  vi.setSystemTime(Date.UTC(1999, 0, 1));
  show(15 * 60);
  expect(screen.getByRole("timer")).toHaveTextContent("15:00");
  await pass(61_000);
  expect(screen.getByRole("timer")).toHaveTextContent("13:59");
});

test("follows the server when it says something else than was thought", async () => {
  const clock = show(600);
  clock.heard(noon + 120_000, clock.asked());
  await pass(250);
  expect(screen.getByRole("timer")).toHaveTextContent(/7:5\d|8:00/);
});

test("says aloud what is left a few times, not every second", async () => {
  show(302);
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
  await pass(2_000);
  expect(screen.getByRole("status")).toHaveTextContent("5 minutes left");
  await pass(30_000);
  expect(screen.getByRole("status")).toHaveTextContent("5 minutes left");
  await pass(215_000);
  expect(screen.getByRole("status")).toHaveTextContent("1 minute left");
});

test("tells once that the time is up", async () => {
  const onEnd = vi.fn();
  show(2, onEnd);
  await pass(1_500);
  expect(onEnd).not.toHaveBeenCalled();
  await pass(5_000);
  expect(screen.getByRole("timer")).toHaveTextContent("0:00");
  expect(onEnd).toHaveBeenCalledTimes(1);
});

test("speaks German", async () => {
  show(60, undefined, "de");
  await pass(250);
  expect(screen.getByRole("status")).toHaveTextContent("Noch 1 Minute");
});
