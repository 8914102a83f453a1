import {getLocale, getTranslations} from "next-intl/server";

/**
 * What the service worker keeps, and shows when a page is asked for while there is no
 * network. It stands alone: nothing that it would have to load could be loaded.
 */
export async function GET(): Promise<Response> {
  const [t, locale] = await Promise.all([getTranslations("errors"), getLocale()]);
  const page = `<!doctype html>
<html lang="${locale}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t("offline")} – TicketX</title>
<style>
:root { color-scheme: light dark; }
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0; min-height: 100dvh; display: grid; place-content: center;
  padding: 1.5rem; background: light-dark(#faf7f2, #14110f); color: light-dark(#1d1a16, #f5efe7); }
h1 { font-size: 2rem; line-height: 1.15; margin: 0; }
p { color: light-dark(#655d52, #b9b0a4); }
a { justify-self: start; padding: .7rem 1.2rem; border-radius: .5rem; font-weight: 600; text-decoration: none;
  background: light-dark(#bc341a, #fb7a5c); color: light-dark(#fff, #14110f); }
</style>
<h1>${t("offline")}</h1>
<p>${t("offlineHint")}</p>
<a href="">${t("retry")}</a>
</html>
`;
  return new Response(page, {
    headers: {"Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store"},
  });
}
