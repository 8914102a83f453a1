"use client";

import {Alert, Button, NativeSelect, Textarea, TextInput} from "@mantine/core";
import Link from "next/link";
import {useTranslations} from "next-intl";
import type {ReactNode} from "react";
import {categories} from "@/lib/api";
import {signInPath} from "@/lib/paths";
import {previewOf, type DraftField} from "./draft";
import {Preview} from "./preview";
import classes from "./sell.module.css";
import {useOffer, type Subject} from "./use-offer";

type Props = Subject & {
  /** The time zones there are. Not every browser has the same. */
  zones: string[];
};

/**
 * Says what is sold. What is typed is kept until it is sent, whatever happens to the
 * session or the connection. Without JavaScript it is a plain form.
 */
export function SellForm({zones, ...subject}: Props) {
  const {ticket} = subject;
  const t = useTranslations("sell");
  const category = useTranslations("category");
  const form = useOffer(subject);
  const {currency, offer} = form;
  const {price, quantity = 1} = offer;
  const each = price !== undefined && quantity > 1 && t("hint.each", {price: form.money(price / quantity)});
  const faults = Object.keys(form.wrong).length;

  const common = (name: DraftField, hint?: ReactNode, required = false) => {
    return {
      name,
      label: t(`field.${name}`, {currency: currency.toUpperCase()}),
      description: hint,
      error: form.wrong[name],
      defaultValue: form.given[name],
      required,
      size: "md",
    } as const;
  };

  return (
    <form {...form.props} className={classes.form}>
      {ticket && <input type="hidden" name="ticket" value={ticket.id} />}
      {!ticket && <input type="hidden" name="once" value={form.once} />}
      <input type="hidden" name="currency" value={currency} />
      <div key={form.generation} className={classes.fields}>
        {form.restored && (
          <Alert color="gray" role="status" className={classes.restored}>
            {t("restored")}{" "}
            <button type="button" onClick={form.restart}>
              {t("restart")}
            </button>
          </Alert>
        )}
        <fieldset className={classes.group}>
          <legend>{t("event")}</legend>
          <TextInput {...common("title", t("hint.title"), true)} autoComplete="off" />
          <NativeSelect {...common("category")} rightSection={<Arrow />}>
            <option value="">{t("choose")}</option>
            {categories.map((each) => (
              <option key={each} value={each}>
                {category(each)}
              </option>
            ))}
          </NativeSelect>
          <div className={classes.pair}>
            <TextInput {...common("startsAt", t("hint.startsAt"))} type="datetime-local" />
            <NativeSelect {...common("timeZone", t("hint.timeZone"))} key={form.given.timeZone} rightSection={<Arrow />}>
              <option value="">{t("choose")}</option>
              {(zones.includes(form.given.timeZone) || !form.given.timeZone ? zones : [form.given.timeZone, ...zones]).map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll("_", " ")}
                </option>
              ))}
            </NativeSelect>
          </div>
          <div className={classes.pair}>
            <TextInput {...common("venue")} autoComplete="off" />
            <TextInput {...common("city")} autoComplete="off" />
          </div>
        </fieldset>
        <fieldset className={classes.group}>
          <legend>{t("seats")}</legend>
          <div className={classes.pair}>
            <TextInput {...common("quantity", t("hint.quantity"), true)} type="number" min={1} max={20} inputMode="numeric" />
          </div>
          <div className={classes.triple}>
            <TextInput {...common("section")} autoComplete="off" />
            <TextInput {...common("row")} autoComplete="off" />
            <TextInput {...common("seat")} autoComplete="off" />
          </div>
          <Textarea {...common("description", t("hint.description"))} rows={4} />
        </fieldset>
        <fieldset className={classes.group}>
          <legend>{t("money")}</legend>
          <div className={classes.pair}>
            <TextInput {...common("price", each || t("hint.price"), true)} inputMode="decimal" autoComplete="off" />
            <TextInput {...common("originalPrice", t("hint.originalPrice"))} inputMode="decimal" autoComplete="off" />
          </div>
        </fieldset>
      </div>
      <Preview ticket={previewOf(offer, currency)} />
      <div className={classes.send}>
        {faults > 0 && (
          <Alert color="red" role="alert">
            {t("check", {count: faults})}
          </Alert>
        )}
        {form.problem && (
          <Alert color="red" role="alert">
            {form.problem} {form.way && <Way to={form.way} back={ticket ? `/listings/${ticket.id}/edit` : "/sell"} />}
          </Alert>
        )}
        <Button type="submit" size="lg" fullWidth loading={form.saving}>
          {t(ticket ? "save" : "submit")}
        </Button>
      </div>
    </form>
  );
}

function Arrow() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className={classes.arrow}>
      <path d="m6 9.5 6 6 6-6" />
    </svg>
  );
}

/** Where to look or go on, in another tab: what is typed stays in this one. */
function Way({to, back}: {to: "listings" | "signIn"; back: string}) {
  const t = useTranslations("sell");
  return (
    <Link href={to === "signIn" ? signInPath(back, "ended") : "/listings"} target="_blank">
      {t(to)}
    </Link>
  );
}
