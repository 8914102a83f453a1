export const lookCookie = "look";

/** Light, dark, or as the device has it. */
export const looks = ["auto", "light", "dark"] as const;

export type Look = (typeof looks)[number];

export function isLook(value: string | undefined): value is Look {
  return looks.some((look) => look === value);
}
