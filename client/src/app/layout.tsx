import "@/components/layers.css"; // first, see there
import "@/components/mantine.css";
import "@/components/tokens.css";
import {ColorSchemeScript} from "@mantine/core";
import type {Metadata, Viewport} from "next";
import localFont from "next/font/local";
import {cookies, headers} from "next/headers";
import {getLocale, getTranslations} from "next-intl/server";
import type {ReactNode} from "react";
import {ErrorWordsProvider} from "@/components/errors/broken-page";
import {Footer} from "@/components/shell/footer";
import {Header} from "@/components/shell/header";
import {Offline} from "@/components/shell/offline";
import {Theme} from "@/components/shell/theme";
import {currentUser} from "@/features/auth/session";
import {isLook, lookCookie} from "@/lib/look";

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

export default async function Layout({children}: {children: ReactNode}) {
  const [locale, t, errors, user, jar, nonce] = await Promise.all([
    getLocale(),
    getTranslations("shop"),
    getTranslations("errors"),
    currentUser(),
    cookies(),
    headers().then((h) => h.get("x-nonce") ?? undefined),
  ]);
  const chosen = jar.get(lookCookie)?.value;
  const look = isLook(chosen) ? chosen : "auto";
  const explicit = look === "auto" ? undefined : look;

  return (
    <html
      lang={locale}
      className={display.variable}
      data-mantine-color-scheme={explicit ?? "light"}
      suppressHydrationWarning // the script below may set the colour scheme first
    >
      <head>{!explicit && <ColorSchemeScript nonce={nonce} defaultColorScheme="auto" />}</head>
      <body>
        <Theme look={look}>
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
        </Theme>
      </body>
    </html>
  );
}
