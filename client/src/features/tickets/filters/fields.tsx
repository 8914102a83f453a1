"use client";

import {useId, type InputHTMLAttributes} from "react";
import {useFollowing} from "@/lib/use-following";
import classes from "./filters.module.css";

type FieldProps = InputHTMLAttributes<HTMLInputElement> & {
  name: string;
  label: string;
  given: string;
  /** Why what was given does not count. */
  problem: string | undefined;
};

export function Field({label, given, problem, ...props}: FieldProps) {
  const [value, setValue] = useFollowing(given);
  const id = useId();
  return (
    <div>
      <label>
        {label}
        <input
          {...props}
          value={value}
          onChange={(event) => setValue(event.target.value)}
          aria-invalid={problem ? true : undefined}
          aria-describedby={problem ? id : undefined}
        />
      </label>
      {problem && (
        <p id={id} className={classes.problem}>
          {problem}
        </p>
      )}
    </div>
  );
}
