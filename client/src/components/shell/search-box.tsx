"use client";

import {useSearchParams} from "next/navigation";
import {useFollowing} from "@/lib/use-following";
import classes from "./shell.module.css";

/** The field keeps what is being shown: on another page of results it starts anew. */
export function SearchBox({label, placeholder}: {label: string; placeholder: string}) {
  const [value, setValue] = useFollowing(useSearchParams().get("q") ?? "");
  return (
    <>
      <input
        type="search"
        name="q"
        value={value}
        onChange={(event) => setValue(event.target.value)}
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
