"use client";

import {useEffectEvent, useLayoutEffect, type RefObject} from "react";

/**
 * Moves the focus on when what has it goes from the page, which leaves it nowhere:
 * to what has the id next, else to the heading.
 */
export function useFocusAfter(parts: RefObject<HTMLElement | null>[], next: string | undefined): void {
  const leave = useEffectEvent(() => {
    if (!parts.some(({current}) => current?.contains(document.activeElement))) return;
    // Once all that goes is gone, which may be more than these.
    queueMicrotask(() => {
      const target = (next && document.getElementById(next)) || document.querySelector("h1");
      if (target?.tagName === "H1") target.tabIndex = -1;
      target?.focus();
    });
  });
  useLayoutEffect(() => () => leave(), []);
}
