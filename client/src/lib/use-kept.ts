"use client";

import {useState} from "react";
import {drafts} from "@/lib/draft";
import {useLive} from "@/lib/use-live";

/** The draft of a form that was kept before the page was opened, once the page is alive. */
export function useKept<Values>(key: string): Values | undefined {
  const live = useLive();
  const [kept] = useState(() => (typeof window === "undefined" ? undefined : drafts.read<Values>(key)));
  return live ? kept : undefined;
}
