"use server";

import {cookies} from "next/headers";
import {isLocale, localeCookie} from "@/lib/i18n/locales";
import {isLook, lookCookie} from "@/lib/look";

const attributes = {path: "/", maxAge: 365 * 24 * 60 * 60, sameSite: "lax"} as const;

/** Keeps what somebody chose in the footer: language and appearance. */
export async function setPreferences(form: FormData): Promise<void> {
  const jar = await cookies();
  const locale = String(form.get("locale") ?? "");
  if (isLocale(locale)) jar.set(localeCookie, locale, attributes);
  const look = String(form.get("look") ?? "");
  if (isLook(look)) jar.set(lookCookie, look, attributes);
}
