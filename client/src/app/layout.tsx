import "@/components/layers.css"; // first, see there
import "@/components/tokens.css";
import type {Metadata, Viewport} from "next";
import localFont from "next/font/local";
import {headers} from "next/headers";
import {getLocale, getTranslations} from "next-intl/server";
import type {ReactNode} from "react";
import {ErrorWordsProvider} from "@/components/errors/broken-page";
import {Fresh} from "@/components/live/fresh";
import {Footer} from "@/components/shell/footer";
import {Header} from "@/components/shell/header";
import {Offline} from "@/components/shell/offline";
import {Scheme} from "@/components/shell/scheme";
import {currentUser} from "@/features/auth/session";
import {chosenLook} from "@/lib/chosen-look";

const display = localFont({
  src: "../../node_modules/@fontsource-variable/bricolage-grotesque/files/bricolage-grotesque-latin-wght-normal.woff2",
  variable: "--font-display",
  weight: "200 800",
  adjustFontFallback: "Arial",
  display: "optional", // a late font would move what stands beside it
});

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("shop");
  return {
    title: {default: `${t("name")} – ${t("title")}`, template: `%s – ${t("name")}`},
    description: t("description"),
    applicationName: t("name"),
    openGraph: {siteName: t("name"), type: "website"},
    formatDetection: {telephone: false},
  };
}

export const viewport: Viewport = {
  themeColor: [
    {media: "(prefers-color-scheme: light)", color: "#faf7f2"},
    {media: "(prefers-color-scheme: dark)", color: "#14110f"},
  ],
};

/** Before anything is shown: nobody is to see the other look first. See Scheme. */
const asTheDevice = `if (matchMedia("(prefers-color-scheme: dark)").matches)
  document.documentElement.setAttribute("data-mantine-color-scheme", "dark");`;

export default async function Layout({children}: {children: ReactNode}) {
  const [locale, t, errors, user, look, nonce] = await Promise.all([
    getLocale(),
    getTranslations("shop"),
    getTranslations("errors"),
    currentUser(),
    chosenLook(),
    headers().then((h) => h.get("x-nonce") ?? undefined),
  ]);
  return (
    <html
      lang={locale}
      className={display.variable}
      data-mantine-color-scheme={look === "dark" ? "dark" : "light"}
      suppressHydrationWarning // the script below may set the colour scheme first
    >
      <head>
        {/* Pages come whole, so they are shown whole: laid out once, and not in pieces. */}
        <link rel="expect" href="#content" blocking="render" />
        {look === "auto" && <script nonce={nonce} dangerouslySetInnerHTML={{__html: asTheDevice}} />}
      </head>
      <body>
        <Scheme look={look} />
        <Fresh />
        <a className="visually-hidden" href="#content">
          {t("skip")}
        </a>
        <Header user={user} />
        <Offline message={t("offline")} />
        <main id="content" tabIndex={-1}>
          <ErrorWordsProvider
            words={{
              broken: errors("broken"),
              brokenHint: errors("brokenHint"),
              retry: errors("retry"),
              home: errors("home"),
              reference: errors.raw("reference") as string,
            }}
          >
            {children}
          </ErrorWordsProvider>
        </main>
        <Footer look={look} />
      </body>
    </html>
  );
}
