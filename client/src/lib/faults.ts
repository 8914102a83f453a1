import type {ApiError} from "@/lib/api";

/**
 * Sorts what the API found wrong by the fields of a form. What belongs to none of
 * them is in rest, to be shown above the form: nothing is lost.
 */
export function faultsByField<Field extends string>(
  error: ApiError,
  fields: readonly Field[],
): {fields: Partial<Record<Field, string>>; rest: string[]} {
  const byField: Partial<Record<Field, string>> = {};
  const rest: string[] = [];
  for (const {field, message} of error.errors) {
    const known = fields.find((name) => name === field);
    if (!known) rest.push(message);
    else byField[known] ??= message;
  }
  return {fields: byField, rest};
}
