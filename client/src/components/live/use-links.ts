import {useRouter} from "next/navigation";
import {startTransition, type MouseEvent} from "react";

/**
 * Returns what follows the links inside an element as next/link does, when it is given
 * the clicks on it: a list of fifty is then hydrated without what fifty of those need.
 * A click that means something else to the browser, a new tab say, is left to it.
 */
export function useLinks(): (event: MouseEvent<HTMLElement>) => void {
  const router = useRouter();
  return (event) => {
    const link = event.target instanceof Element && event.target.closest("a");
    if (!link || link.target || link.hasAttribute("download") || link.origin !== location.origin || event.defaultPrevented) return;
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    startTransition(() => router.push(link.pathname + link.search + link.hash));
  };
}
