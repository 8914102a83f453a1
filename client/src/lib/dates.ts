import {locales, type Locale} from "@/lib/i18n/locales";
import {dateTimeFormat} from "@/lib/intl";

type Style = "long" | "short" | "day" | "weekday" | "monthYear" | "time";

const styles: Record<Style, Intl.DateTimeFormatOptions> = {
  long: {weekday: "long", day: "numeric", month: "long", year: "numeric", hour: "numeric", minute: "2-digit"},
  short: {weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "numeric", minute: "2-digit"},
  day: {day: "numeric"},
  weekday: {weekday: "short"},
  monthYear: {month: "short", year: "numeric"},
  time: {hour: "numeric", minute: "2-digit"},
};

/** When an event starts, by the clock at its venue. */
export function formatEventDate(
  startsAt: string,
  timeZone: string | undefined,
  locale: Locale,
  style: Style = "long",
): string {
  return dateTimeFormat(locales[locale].formats, {
    ...styles[style],
    timeZone: zoneOr(timeZone),
  }).format(new Date(startsAt));
}

/** The name of the venue's zone, for those who are elsewhere: CET, GMT+9. */
export function zoneName(startsAt: string, timeZone: string | undefined, locale: Locale): string {
  const parts = dateTimeFormat(locales[locale].formats, {
    timeZone: zoneOr(timeZone),
    timeZoneName: "short",
  }).formatToParts(new Date(startsAt));
  return parts.find(({type}) => type === "timeZoneName")?.value ?? "UTC";
}

/** Formatting must not end for a zone that this runtime does not know. */
function zoneOr(timeZone: string | undefined): string {
  if (!timeZone) return "UTC";
  try {
    dateTimeFormat("en", {timeZone});
    return timeZone;
  } catch {
    return "UTC";
  }
}
