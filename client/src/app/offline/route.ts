import {getTranslations} from "next-intl/server";
import {locales, type Locale} from "@/lib/i18n/locales";

/**
 * What the service worker keeps, and shows when a page is asked for while there is no
 * network. It stands alone: nothing that it would have to load could be loaded. And it
 * speaks every language, because it is kept longer than one has been chosen.
 */
export async function GET(): Promise<Response> {
  const codes = Object.keys(locales) as Locale[];
  const words = await Promise.all(codes.map((locale) => getTranslations({locale, namespace: "errors"})));
  const parts = words.map((t, i) => {
    const heading = i === 0 ? "h1" : "h2";
    return `<section lang="${codes[i]}">
<${heading}>${t("offline")}</${heading}>
<p>${t("offlineHint")}</p>
<a href="">${t("retry")}</a>
</section>`;
  });
  const page = `<!doctype html>
<html lang="${codes[0]}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${words.map((t) => t("offline")).join(" ")} – TicketX</title>
<style>
:root { color-scheme: light dark; }
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100dvh; display: grid; place-content: center;
  gap: 2.5rem; padding: 1.5rem; box-sizing: border-box;
  background: light-dark(#faf7f2, #14110f); color: light-dark(#1d1a16, #f5efe7); }
h1, h2 { font-size: 1.75rem; line-height: 1.15; margin: 0; }
p { color: light-dark(#655d52, #b9b0a4); }
a { display: inline-block; padding: .7rem 1.2rem; border-radius: .5rem; font-weight: 600; text-decoration: none;
  background: light-dark(#bc341a, #fb7a5c); color: light-dark(#fff, #14110f); }
</style>
${parts.join("\n")}
</html>
`;
  return new Response(page, {
    headers: {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
  });
}
