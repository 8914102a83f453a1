"use client";

import {useState} from "react";

/**
 * The value of a field that the address sets and a person changes: it starts anew
 * when the address does, without the field losing its focus.
 */
export function useFollowing(given: string): [string, (value: string) => void] {
  const [followed, follow] = useState(given);
  const [value, setValue] = useState(given);
  if (followed !== given) {
    follow(given);
    setValue(given);
  }
  return [value, setValue];
}
