import {pick} from "@/lib/pick";
import {NextIntlClientProvider, type Messages} from "next-intl";
import {getMessages} from "next-intl/server";
import type {ReactNode} from "react";
import {QueryProvider} from "./query-provider";

type Props = {
  /** The parts of messages/ that the components inside speak with. */
  messages: (keyof Messages)[];
  children: ReactNode;
};

/**
 * What components in the browser need to speak (useTranslations, useLocale) and to
 * ask the API (useQuery, useMutation). Pages that need neither do not load it.
 */
export async function Interactive({messages, children}: Props) {
  return (
    <NextIntlClientProvider messages={pick(await getMessages(), [...messages, "errors"])}>
      <QueryProvider>{children}</QueryProvider>
    </NextIntlClientProvider>
  );
}
