"use client";

import {usePathname} from "next/navigation";
import {useEffect, useRef, type ReactNode} from "react";
import classes from "./shell.module.css";

/** A menu of links that the browser itself opens and closes, also without JavaScript. */
export function Popover({id, label, children}: {id: string; label: string; children: ReactNode}) {
  const box = useRef<HTMLDivElement>(null);
  const path = usePathname();
  useEffect(() => {
    if (box.current?.matches(":popover-open")) box.current.hidePopover();
  }, [path]);
  return (
    <>
      <button type="button" popoverTarget={id} className={classes.account}>
        {label}
      </button>
      <div ref={box} id={id} popover="auto" className={classes.popover}>
        {children}
      </div>
    </>
  );
}
