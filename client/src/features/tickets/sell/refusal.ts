import type {useTranslations} from "next-intl";
import {ApiError} from "@/lib/api";
import {errorMessage} from "@/components/errors/message";
import {faultsByField} from "@/lib/faults";
import {draftFields, type DraftField} from "./draft";

/** What is said about an offer that was not taken. */
export type Refusal = {
  fields: Partial<Record<DraftField, string>>;
  /** What belongs to no field. */
  problem?: string;
  /** Where to look or go on instead. */
  way?: "listings" | "signIn";
};

type Words = {
  sell: ReturnType<typeof useTranslations<"sell">>;
  listings: ReturnType<typeof useTranslations<"listings">>;
  errors: ReturnType<typeof useTranslations<"errors">>;
};

/** Says why the API did not take an offer. fresh is one that was not listed before. */
export function refusalOf(error: unknown, fresh: boolean, {sell, listings, errors}: Words): Refusal {
  if (!(error instanceof ApiError)) return {fields: {}, problem: errorMessage(error, errors)};
  const {status, code} = error;
  if (status === 401) return {fields: {}, problem: sell("ended"), way: "signIn"};
  if (status === 409 && (code === "reserved" || code === "sold" || code === "withdrawn")) {
    return {fields: {}, problem: listings(`locked.${code}`), way: "listings"};
  }
  // Saving twice is harmless; listing twice is not, and nobody knows whether it was done.
  if (fresh && (status === 0 || status === 502 || status === 504)) {
    return {fields: {}, problem: sell("unsure"), way: "listings"};
  }
  if (status !== 400) return {fields: {}, problem: errorMessage(error, errors)};
  const {fields, rest} = faultsByField(error, draftFields);
  return {fields, problem: rest[0]};
}
