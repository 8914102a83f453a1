"use client";

import {Loader} from "@mantine/core";
import {useTranslations} from "next-intl";
import classes from "./payments.module.css";

/** Stands where the form to pay will be. */
export function Waiting() {
  const t = useTranslations("pay");
  return (
    <div className={classes.waiting}>
      <Loader aria-hidden="true" />
      <p>{t("opening")}</p>
    </div>
  );
}
