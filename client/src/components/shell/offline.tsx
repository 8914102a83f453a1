"use client";

import {useEffect, useSyncExternalStore} from "react";
import classes from "./shell.module.css";

/** Says so while the browser has no network, and keeps a page for when one is asked for then. */
export function Offline({message}: {message: string}) {
  const online = useSyncExternalStore(
    subscribe,
    () => navigator.onLine,
    () => true,
  );
  useEffect(() => {
    if (process.env.NODE_ENV === "production") void navigator.serviceWorker?.register("/sw.js");
  }, []);
  return (
    <div role="status" className={classes.offline}>
      {online ? null : <p>{message}</p>}
    </div>
  );
}

function subscribe(changed: () => void): () => void {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}
