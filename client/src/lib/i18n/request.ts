import {cookies, headers} from "next/headers";
import {getRequestConfig} from "next-intl/server";
import {isLocale, localeCookie, negotiate} from "./locales";

export default getRequestConfig(async () => {
  const chosen = (await cookies()).get(localeCookie)?.value;
  const locale = isLocale(chosen) ? chosen : negotiate((await headers()).get("Accept-Language"));
  return {
    locale,
    // Times of events are shown in the zone of their venue, never in this one.
    timeZone: "UTC",
    messages: (await import(`../../../messages/${locale}.json`)).default,
  };
});
