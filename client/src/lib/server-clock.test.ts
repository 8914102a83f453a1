import {expect, test} from "vitest";
import {ServerClock} from "./server-clock";

const noon = Date.UTC(2030, 4, 1, 12);

test("knows nothing before it has heard anything", () => {
  expect(new ServerClock(() => 5).now()).toBeNaN();
});

test("goes on from what a page came with, whatever the visitor's clock shows", () => {
  let tick = 200;
  const clock = new ServerClock(() => tick);
  clock.heard(noon);
  tick += 1500;
  expect(clock.now()).toBe(noon + 1500);
});

test("comes closer to the truth with every answer", () => {
  let tick = 0;
  const clock = new ServerClock(() => tick);
  const ask = (truth: number, took: number) => {
    const asked = clock.asked();
    tick += took;
    clock.heard(Math.floor(truth / 1000) * 1000, asked);
  };
  // The truth at tick 0 is noon + 900 ms. Each answer is made when it was asked for.
  ask(noon + 900 + tick, 300);
  tick = 5_050;
  ask(noon + 900 + tick, 40);
  tick = 9_120;
  ask(noon + 900 + tick, 40);
  expect(Math.abs(clock.now() - (noon + 900 + tick))).toBeLessThan(150);
});

test("believes the latest answer when a clock has jumped", () => {
  let tick = 0;
  const clock = new ServerClock(() => tick);
  clock.heard(noon, 0);
  tick = 1000; // an hour in which nothing ticked
  clock.heard(noon + 3_600_000, 990);
  expect(Math.abs(clock.now() - (noon + 3_600_000))).toBeLessThan(1001);
});

test("ignores an answer without a date", () => {
  const clock = new ServerClock(() => 0);
  clock.heard(Date.parse("nothing"));
  expect(clock.now()).toBeNaN();
});
