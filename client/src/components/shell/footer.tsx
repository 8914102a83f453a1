import {getLocale, getTranslations} from "next-intl/server";
import {locales} from "@/lib/i18n/locales";
import {looks, type Look} from "@/lib/look";
import {setPreferences} from "@/lib/preferences";
import {AutoSubmit} from "@/components/auto-submit";
import classes from "./shell.module.css";

const lookNames = {auto: "lookAuto", light: "lookLight", dark: "lookDark"} as const;

export async function Footer({look}: {look: Look}) {
  const [t, locale] = await Promise.all([getTranslations("shop"), getLocale()]);
  return (
    <footer className={classes.footer}>
      <div className={classes.bar}>
        <p>{t("promise")}</p>
        <form action={setPreferences} className={classes.preferences}>
          <label>
            {t("language")}
            <select key={locale} name="locale" defaultValue={locale}>
              {Object.entries(locales).map(([code, {name}]) => (
                <option key={code} value={code} lang={code}>
                  {name}
                </option>
              ))}
            </select>
          </label>
          <label>
            {t("look")}
            <select key={look} name="look" defaultValue={look}>
              {looks.map((each) => (
                <option key={each} value={each}>
                  {t(lookNames[each])}
                </option>
              ))}
            </select>
          </label>
          <AutoSubmit label={t("apply")} />
        </form>
      </div>
    </footer>
  );
}
