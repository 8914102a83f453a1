"use client";

import {useTranslations} from "next-intl";
import classes from "./payments.module.css";
import {testCards, type TestCard} from "./stand-in";

type Kind = keyof typeof testCards;

const open: Kind[] = ["paid", "asked", "declined"];
const more: Kind[] = ["slow", "later"];

/** The stand-in's cards, by what happens when one pays with them. */
export function CardChooser({value, onChange}: {value: TestCard; onChange: (card: TestCard) => void}) {
  const t = useTranslations("pay");
  const group = (kind: Kind) => (
    <fieldset key={kind} className={classes.group}>
      <legend>{t(`kind.${kind}`)}</legend>
      {testCards[kind].map((card) => (
        <label key={card} className={classes.card}>
          <input type="radio" name="card" value={card} checked={card === value} onChange={() => onChange(card)} />
          <span>{t(`card.${card}`)}</span>
        </label>
      ))}
    </fieldset>
  );
  return (
    <>
      {open.map(group)}
      <details className={classes.more}>
        <summary>{t("moreCards")}</summary>
        {more.map(group)}
      </details>
    </>
  );
}
