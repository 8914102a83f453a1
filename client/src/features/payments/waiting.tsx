"use client";

import {Loader} from "@mantine/core";
import {useTranslations} from "next-intl";
import classes from "./payments.module.css";

/** Stands where the form to pay will be. What never comes, and never fails either, leaves a way out. */
export function Waiting() {
  const t = useTranslations("pay");
  return (
    <div className={classes.waiting}>
      <Loader aria-hidden="true" />
      <p>{t("opening")}</p>
      <p className={classes.slow}>
        {t("openingSlow")} <a href="">{t("reload")}</a>
      </p>
    </div>
  );
}
