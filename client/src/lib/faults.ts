import type {ApiError, Fault} from "@/lib/api";

/**
 * Sorts what the API found wrong by the fields of a form. What belongs to none of
 * them is in rest, to be shown above the form: nothing is lost.
 */
export function faultsByField<Field extends string>(
  error: ApiError,
  fields: readonly Field[],
): {fields: Partial<Record<Field, Fault>>; rest: Fault[]} {
  const byField: Partial<Record<Field, Fault>> = {};
  const rest: Fault[] = [];
  for (const fault of error.errors) {
    const known = fields.find((name) => name === fault.field);
    if (!known) rest.push(fault);
    else byField[known] ??= fault;
  }
  return {fields: byField, rest};
}
