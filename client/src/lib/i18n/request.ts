import {cookies, headers} from "next/headers";
import {getRequestConfig} from "next-intl/server";
import {isLocale, localeCookie, negotiate, type Locale} from "./locales";

/** In the language that is asked for by name, else in the visitor's. */
export default getRequestConfig(async ({locale: asked}) => {
  const locale = isLocale(asked) ? asked : await chosen();
  return {
    locale,
    // Times of events are shown in the zone of their venue, never in this one.
    timeZone: "UTC",
    messages: (await import(`../../../messages/${locale}.json`)).default,
  };
});

async function chosen(): Promise<Locale> {
  const kept = (await cookies()).get(localeCookie)?.value;
  return isLocale(kept) ? kept : negotiate((await headers()).get("Accept-Language"));
}
