"use client";

import {useTranslations} from "next-intl";
import {errorMessage} from "@/components/errors/message";

/** errorMessage, for components in the browser. */
export function useErrorMessage(): (error: unknown) => string {
  const t = useTranslations("errors");
  return (error) => errorMessage(error, t);
}
