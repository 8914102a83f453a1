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
  const open = new Set<EventTarget & {url: string}>();
  vi.stubGlobal(
    "EventSource",
    class extends EventTarget {
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
  };
}
