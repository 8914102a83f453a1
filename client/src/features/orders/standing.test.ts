import {describe, expect, test} from "vitest";
import {anOrder, aPayment} from "../../../test/orders";
import {isMoving, lookAgainIn, moneyOf, standingOf} from "./standing";

describe("standingOf", () => {
  test.each([
    ["created", undefined, null, "reserved"],
    ["awaiting:payment", undefined, "created", "reserved"],
    ["awaiting:payment", undefined, "failed", "declinedOnce"],
    ["awaiting:payment", undefined, "requires_action", "action"],
    ["awaiting:payment", undefined, "processing", "processing"],
    ["awaiting:payment", undefined, "succeeded", "completing"],
    ["complete", undefined, "succeeded", "complete"],
    ["complete", undefined, "disputed", "disputed"],
    ["complete", undefined, "refunded", "returned"],
    ["cancelled", "buyer", null, "cancelled"],
    ["cancelled", "expired", "refund_pending", "expired"],
    ["cancelled", "payment_failed", "failed", "declined"],
  ] as const)("%s (%s) with a payment that is %s: %s", (status, reason, paid, standing) => {
    expect(standingOf(anOrder({status, reason}), paid && aPayment({status: paid}))).toBe(standing);
  });
});

test("nobody is told that nothing was charged while that is not known", () => {
  expect(moneyOf(undefined)).toBe("unknown");
  expect(moneyOf(aPayment({status: "processing"}))).toBe("unknown");
  expect(moneyOf(null)).toBe("nothing");
  expect(moneyOf(aPayment({status: "cancelled"}))).toBe("nothing");
  expect(moneyOf(aPayment({status: "succeeded"}))).toBe("returning");
  expect(moneyOf(aPayment({status: "refund_pending", refund: {status: "failed"}}))).toBe("returnFailed");
  expect(moneyOf(aPayment({status: "refunded"}))).toBe("returned");
});

test("it is looked at until it is final, the money too", () => {
  expect(isMoving(anOrder({status: "created"}), null)).toBe(true);
  expect(isMoving(anOrder({status: "cancelled"}), aPayment({status: "refund_pending"}))).toBe(true);
  expect(isMoving(anOrder({status: "cancelled"}), undefined)).toBe(true);
  expect(isMoving(anOrder({status: "cancelled"}), null)).toBe(false);
  expect(isMoving(anOrder({status: "cancelled"}), aPayment({status: "refunded"}))).toBe(false);
  expect(isMoving(anOrder({status: "complete"}), aPayment({status: "succeeded"}))).toBe(false);
});

test("it is looked at less and less often", () => {
  const pauses = [0, 1, 5, 50].map(lookAgainIn);
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  expect(pauses[0]).toBe(1000);
  expect(pauses[3]).toBe(15_000);
});
