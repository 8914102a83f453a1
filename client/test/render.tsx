import {MantineProvider} from "@mantine/core";
import {render, type RenderResult} from "@testing-library/react";
import {NextIntlClientProvider} from "next-intl";
import type {ReactNode} from "react";
import de from "../messages/de.json";
import en from "../messages/en.json";

/** Renders as a page of the shop does, in a language. */
export function renderPage(ui: ReactNode, locale: "en" | "de" = "en"): RenderResult {
  return render(ui, {
    wrapper: ({children}) => (
      <NextIntlClientProvider locale={locale} messages={locale === "en" ? en : de} timeZone="UTC">
        <MantineProvider env="test">{children}</MantineProvider>
      </NextIntlClientProvider>
    ),
  });
}
