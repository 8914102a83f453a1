import type {useTranslations} from "next-intl";
import {errorMessage} from "@/components/errors/message";
import {ApiError, type Fault} from "@/lib/api";
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
  /** An amount in the currency of the offer. */
  money: (amount: number) => string;
  sell: ReturnType<typeof useTranslations<"sell">>;
  listings: ReturnType<typeof useTranslations<"listings">>;
  errors: ReturnType<typeof useTranslations<"errors">>;
};

/** Says why the API did not take an offer. fresh is one that was not listed before. */
export function refusalOf(error: unknown, fresh: boolean, {sell, listings, errors, money}: Words): Refusal {
  if (!(error instanceof ApiError)) return {fields: {}, problem: errorMessage(error, errors)};
  const {status, code} = error;
  if (status === 401) return {fields: {}, problem: sell("ended"), way: "signIn"};
  if (status === 409 && (code === "reserved" || code === "sold" || code === "withdrawn")) {
    return {fields: {}, problem: listings(`locked.${code}`), way: "listings"};
  }
  // Nobody knows whether it was done. Saving twice is the same; the same form lists once,
  // another would list it a second time.
  if (fresh && (status === 0 || status >= 500)) {
    return {fields: {}, problem: sell("unsure"), way: "listings"};
  }
  if (status !== 400) return {fields: {}, problem: errorMessage(error, errors)};
  const {fields, rest} = faultsByField(error, draftFields);
  // What the form checks itself has words here; what only the shop can know, by its code.
  const words = ({code, limit, message}: Fault) =>
    code ? sell(`refused.${code}`, {limit: limit ? money(Number(limit)) : ""}) : message;
  return {
    fields: Object.fromEntries(Object.entries(fields).map(([field, fault]) => [field, words(fault)])),
    problem: rest[0]?.message,
  };
}
