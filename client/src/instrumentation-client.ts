// Next.js evaluates React and its own router in one go and then hydrates the page, which
// keeps a phone busy for so long that a tap has to wait. Here they are evaluated one
// after the other, with room for taps in between: what Next.js asks for later is there.
//
// It waits for the scripts in this list, those of next/script that come before
// hydration; an empty one is no script, but a turn of the event loop.
const turn = [undefined, {children: ""}];
const parts = [
  () => import("react-dom/client"),
  () => import("next/navigation"),
];

declare global {
  interface Window {
    __next_s?: unknown[];
  }
}

const next = (window.__next_s ??= []);
for (const part of parts) {
  next.push(turn);
  setTimeout(part);
}

export {};
