import type {useTranslations} from "next-intl";
import type {Fault, Faults} from "./check";
import type {DraftField} from "./draft";

/** Says what is wrong with each field. */
export function wordsOf(
  faults: Faults,
  t: ReturnType<typeof useTranslations<"sell">>,
  example: string, // of an amount
): Partial<Record<DraftField, string>> {
  const words = (fault: Fault) => {
    switch (fault.code) {
      case "amount":
        return t("fault.amount", {example});
      case "tooLong":
      case "tooFar":
      case "quantity":
        return t(`fault.${fault.code}`, {max: fault.max});
      default:
        return t(`fault.${fault.code}`);
    }
  };
  return Object.fromEntries(Object.entries(faults).map(([field, fault]) => [field, words(fault)]));
}
