import {useSyncExternalStore} from "react";

/** Whether the page is alive: false on the server and without JavaScript. */
export function useLive(): boolean {
  return useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
}
