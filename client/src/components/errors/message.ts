import type {useTranslations} from "next-intl";
import {ApiError} from "@/lib/api";

/** Says what went wrong, in the visitor's language where the API's code is known. */
export function errorMessage(error: unknown, t: ReturnType<typeof useTranslations<"errors">>): string {
  if (!(error instanceof ApiError)) return t("unexpected");
  if (error.status === 0) return t("unreachable");
  if (error.away) return t("unavailable");
  const code = `code.${error.code}` as "code.reserved";
  if (error.code && t.has(code)) return t(code);
  if (error.status >= 500) return t("unexpected");
  if (error.status === 401) return t("ended");
  if (error.status === 403) return t("forbidden");
  if (error.status === 404) return t("notFound");
  return error.errors[0]?.message ?? (error.message || t("unexpected"));
}
