import {act} from "@testing-library/react";
import {vi} from "vitest";
import type {Ticket} from "@/lib/api";

/** A ticket that is for sale. */
export function aTicket(changes: Partial<Ticket> = {}): Ticket {
  return {
    id: "t1",
    title: "Opening night",
    price: 49.5,
    currency: "eur",
    quantity: 1,
    userId: "seller",
    status: "available",
    version: 1,
    createdAt: "2030-05-01T12:00:00Z",
    updatedAt: "2030-05-01T12:00:00Z",
    ...changes,
  };
}

/** The stream of what happens to tickets, in the hands of the test. */
export function aStream() {
  const open = new Set<EventTarget & {url: string; readyState: number}>();
  vi.stubGlobal(
    "EventSource",
    class extends EventTarget {
      static readonly CLOSED = 2;
      readyState = 1;
      constructor(readonly url: string) {
        super();
        open.add(this);
      }
      close() {
        open.delete(this);
      }
    },
  );
  const send = (event: Event) => act(() => open.forEach((source) => source.dispatchEvent(event)));
  return {
    /** The addresses that are listened to. */
    listening: () => [...open].map(({url}) => url),
    tell: (ticket: Ticket) => send(new MessageEvent("ticket", {data: JSON.stringify(ticket)})),
    reset: () => send(new Event("reset")),
    /** The connections break. */
    fail: () => send(new Event("error")),
    /** The shop takes the connections. */
    take: () => send(new Event("open")),
    /** The shop answers with anything but a stream: browsers do not come again then. */
    refuse: () => {
      open.forEach((source) => (source.readyState = 2));
      send(new Event("error"));
    },
  };
}
