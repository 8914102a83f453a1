/** Another language is a line here and a file in messages/. */
export const locales = {
  en: {name: "English", formats: "en-GB"},
  de: {name: "Deutsch", formats: "de-DE"},
} as const;

export type Locale = keyof typeof locales;

export const defaultLocale: Locale = "en";

export const localeCookie = "locale";

export function isLocale(value: string | undefined): value is Locale {
  return value !== undefined && Object.hasOwn(locales, value);
}

/** The best of our languages for an Accept-Language header. */
export function negotiate(header: string | null): Locale {
  const wanted = (header ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", ...params] = part.trim().split(";");
      const quality = params.map((p) => /^\s*q=([\d.]+)/.exec(p)?.[1]).find(Boolean);
      return {language: tag.toLowerCase().split("-")[0], quality: quality ? Number(quality) : 1};
    })
    .filter(({quality}) => quality > 0)
    .toSorted((a, b) => b.quality - a.quality);
  for (const {language} of wanted) if (isLocale(language)) return language;
  return defaultLocale;
}
