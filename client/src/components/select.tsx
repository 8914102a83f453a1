"use client";

import {useFollowing} from "@/lib/use-following";

type Option = {value: string; label: string; lang?: string};

/** A choice that the page sets and a person changes, in the form around it. */
export function Select({name, label, given, options}: {name: string; label: string; given: string; options: Option[]}) {
  const [value, setValue] = useFollowing(given);
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => setValue(event.target.value)}>
        {options.map(({label, ...option}) => (
          <option key={option.value} {...option}>
            {label}
          </option>
        ))}
      </select>
    </label>
  );
}
