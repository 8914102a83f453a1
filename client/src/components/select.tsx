"use client";

import {useLayoutEffect, useRef} from "react";
import {useFollowing} from "@/lib/use-following";

type Option = {value: string; label: string; lang?: string};

/** A choice that the page sets and a person changes, in the form around it. */
export function Select({name, label, given, options}: {name: string; label: string; given: string; options: Option[]}) {
  const [value, setValue] = useFollowing(given);
  const select = useRef<HTMLSelectElement>(null);
  useLayoutEffect(() => {
    // React puts a form back when its action is done: to this, and not to what it was at first.
    for (const option of select.current!.options) option.defaultSelected = option.value === value;
  }, [value]);
  return (
    <label>
      {label}
      <select ref={select} name={name} value={value} onChange={(event) => setValue(event.target.value)}>
        {options.map(({label, ...option}) => (
          <option key={option.value} {...option}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
