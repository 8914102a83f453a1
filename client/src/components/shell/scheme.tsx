"use client";

import {useLayoutEffect} from "react";
import type {Look} from "@/lib/look";

/** Shows the page in the look that is chosen, or in the device's, also when that changes. */
export function Scheme({look}: {look: Look}) {
  useLayoutEffect(() => {
    const root = document.documentElement;
    const show = (dark: boolean) => root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
    if (look !== "auto") return show(look === "dark");
    const device = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => show(device.matches);
    follow();
    device.addEventListener("change", follow);
    return () => device.removeEventListener("change", follow);
  }, [look]);
  return null;
}
