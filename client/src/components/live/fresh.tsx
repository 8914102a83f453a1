"use client";

import {useRouter} from "next/navigation";
import {useEffect} from "react";

/**
 * Shows pages anew that one comes back to. The router has them as they were, whatever
 * their age, and so has the browser: shown at once, they are then asked for.
 */
export function Fresh() {
  const router = useRouter();
  useEffect(() => {
    // After the router, which shows the page that it has, and lets go of what it waits for.
    const back = ({state}: PopStateEvent) => {
      if (state) setTimeout(router.refresh); // a link within the page has none
    };
    const shown = ({persisted}: PageTransitionEvent) => {
      if (persisted) router.refresh();
    };
    addEventListener("popstate", back);
    addEventListener("pageshow", shown);
    return () => {
      removeEventListener("popstate", back);
      removeEventListener("pageshow", shown);
    };
  }, [router]);
  return null;
}
