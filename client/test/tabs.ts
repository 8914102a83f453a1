import {act} from "@testing-library/react";
import {vi} from "vitest";

/** The other tabs of the browser, in the hands of the test: jsdom knows one alone. */
export function tabs() {
  const open = new Set<EventTarget>();
  const told: unknown[] = [];
  vi.stubGlobal(
    "BroadcastChannel",
    class extends EventTarget {
      constructor() {
        super();
        open.add(this);
      }
      postMessage(data: unknown) {
        told.push(data);
      }
      close() {
        open.delete(this);
      }
    },
  );
  return {
    /** What this tab has told them. */
    told,
    /** They tell this one. */
    tell: (data: unknown) => act(() => open.forEach((channel) => channel.dispatchEvent(new MessageEvent("message", {data})))),
  };
}
