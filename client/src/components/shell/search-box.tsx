"use client";

import {useSearchParams} from "next/navigation";
import classes from "./shell.module.css";

/** The field keeps what is being shown: on another page of results it starts anew. */
export function SearchBox({label, placeholder}: {label: string; placeholder: string}) {
  const q = useSearchParams().get("q") ?? "";
  return (
    <>
      <input
        key={q}
        type="search"
        name="q"
        defaultValue={q}
        aria-label={label}
        placeholder={placeholder}
        maxLength={200}
        enterKeyHint="search"
        autoComplete="off"
      />
      <button type="submit" aria-label={label}>
        <svg viewBox="0 0 24 24" aria-hidden="true" className={classes.icon}>
          <circle cx="10.5" cy="10.5" r="6.5" />
          <path d="m15.5 15.5 5 5" />
        </svg>
      </button>
    </>
  );
}
