import {describe, expect, test} from "vitest";
import type {Order, Ticket} from "@/lib/api";
import {standingOf} from "./standing";

const ticket = (status: Ticket["status"], orderId?: string) => ({status, userId: "seller", orderId});
const order = (status: Order["status"], id = "o1") => ({id, status});

describe("standingOf", () => {
  test("anybody can buy what is available", () => {
    expect(standingOf(ticket("available"), undefined, null)).toEqual({kind: "free"});
    expect(standingOf(ticket("available"), "buyer", null)).toEqual({kind: "free"});
  });

  test("nobody buys their own", () => {
    expect(standingOf(ticket("available"), "seller", null)).toEqual({kind: "own", status: "available", editable: true});
    expect(standingOf(ticket("reserved", "o1"), "seller", null)).toEqual({kind: "own", status: "reserved", editable: false});
  });

  test("one's own reservation leads to its payment, one's own purchase to the order", () => {
    expect(standingOf(ticket("reserved", "o1"), "buyer", order("created"))).toEqual({
      kind: "mine",
      orderId: "o1",
      paid: false,
    });
    expect(standingOf(ticket("sold", "o1"), "buyer", order("created"))).toMatchObject({kind: "mine", paid: true});
  });

  test("a cancelled order of one's own is nobody's any more", () => {
    expect(standingOf(ticket("available"), "buyer", order("cancelled"))).toEqual({kind: "free"});
  });

  test("somebody else's order after one's own is theirs", () => {
    expect(standingOf(ticket("reserved", "o2"), "buyer", order("created"))).toEqual({
      kind: "taken",
      status: "reserved",
    });
  });

  test("an order of which nothing could be heard is not called somebody else's", () => {
    expect(standingOf(ticket("reserved", "o1"), "buyer", undefined)).toEqual({kind: "unclear", sold: false, asked: false});
    expect(standingOf(ticket("sold", "o1"), "buyer", undefined)).toEqual({kind: "unclear", sold: true, asked: false});
    expect(standingOf(ticket("reserved", "o1"), "buyer", "asked")).toEqual({kind: "unclear", sold: false, asked: true});
    expect(standingOf(ticket("available"), "buyer", undefined)).toEqual({kind: "free"});
    expect(standingOf(ticket("withdrawn"), "buyer", undefined)).toEqual({kind: "taken", status: "withdrawn"});
  });

  test.each(["reserved", "sold", "past", "withdrawn"] as const)("what is %s is not to be had", (status) => {
    expect(standingOf(ticket(status), "buyer", null)).toEqual({kind: "taken", status});
  });
});
