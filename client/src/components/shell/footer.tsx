import {getLocale, getTranslations} from "next-intl/server";
import {locales} from "@/lib/i18n/locales";
import {looks, type Look} from "@/lib/look";
import {setPreferences} from "@/lib/preferences";
import {AutoSubmit} from "@/components/auto-submit";
import {Select} from "@/components/select";
import classes from "./shell.module.css";

const lookNames = {auto: "lookAuto", light: "lookLight", dark: "lookDark"} as const;

export async function Footer({look}: {look: Look}) {
  const [t, locale] = await Promise.all([getTranslations("shop"), getLocale()]);
  return (
    <footer className={classes.footer}>
      <div className={classes.bar}>
        <p>{t("promise")}</p>
        <form action={setPreferences} className={classes.preferences}>
          <Select
            name="locale"
            label={t("language")}
            given={locale}
            options={Object.entries(locales).map(([value, {name}]) => ({value, label: name, lang: value}))}
          />
          <Select
            name="look"
            label={t("look")}
            given={look}
            options={looks.map((value) => ({value, label: t(lookNames[value])}))}
          />
          <AutoSubmit label={t("apply")} />
        </form>
      </div>
    </footer>
  );
}
