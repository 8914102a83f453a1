import {dateTimeFormat} from "@/lib/intl";

/**
 * The moment at which the clocks of a zone show a time such as 2030-05-01T20:00, or
 * undefined when it is no time. One that clocks skip in spring is an hour later, one
 * that they show twice in autumn is the first of the two: as people mean it.
 */
export function momentOf(local: string, timeZone: string): Date | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::\d{2})?$/.exec(local);
  if (!match) return undefined;
  const wall = Date.parse(`${match[1]}T${match[2]}:00Z`);
  if (Number.isNaN(wall)) return undefined;
  const hours = 60 * 60 * 1000;
  // The zone's offsets well before and well after: one of them holds.
  const offsets = [wall - 24 * hours, wall + 24 * hours].map((at) => offsetOf(at, timeZone));
  const fitting = offsets.map((offset) => wall - offset).filter((at) => at + offsetOf(at, timeZone) === wall);
  return new Date(fitting.length > 0 ? Math.min(...fitting) : wall - offsets[0]!);
}

/** What the clocks of a zone show at a moment, as an input of type datetime-local takes it. */
export function localOf(moment: string, timeZone: string): string {
  const at = Date.parse(moment);
  return new Date(at + offsetOf(at, timeZone)).toISOString().slice(0, 16);
}

export function isTimeZone(name: string): boolean {
  try {
    dateTimeFormat("en", {timeZone: name});
    return true;
  } catch {
    return false;
  }
}

/** By how many milliseconds a zone is ahead of UTC at a moment. */
function offsetOf(at: number, timeZone: string): number {
  const parts = dateTimeFormat("en-GB", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(new Date(at));
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(at / 1000) * 1000;
}
