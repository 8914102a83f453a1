"use client";

import type {InputHTMLAttributes} from "react";
import {useFollowing} from "@/lib/use-following";

type Option = {value: string; label: string};

export function Select({name, label, given, options}: {name: string; label: string; given: string; options: Option[]}) {
  const [value, setValue] = useFollowing(given);
  return (
    <label>
      {label}
      <select name={name} value={value} onChange={(event) => setValue(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </label>
  );
}

type FieldProps = InputHTMLAttributes<HTMLInputElement> & {name: string; label: string; given: string};

export function Field({label, given, ...props}: FieldProps) {
  const [value, setValue] = useFollowing(given);
  return (
    <label>
      {label}
      <input {...props} value={value} onChange={(event) => setValue(event.target.value)} />
    </label>
  );
}
