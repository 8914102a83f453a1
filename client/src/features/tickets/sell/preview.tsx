"use client";

import {useLocale, useTranslations} from "next-intl";
import {TicketCard} from "@/features/tickets/card";
import {useCardText, useStatusWords} from "@/features/tickets/card-text";
import {TicketFacts, TicketHead} from "@/features/tickets/details";
import type {Ticket} from "@/lib/api";
import classes from "./sell.module.css";

/** A ticket as buyers will see it, while it is still being written. */
export function Preview({ticket}: {ticket: Ticket}) {
  const t = useTranslations("sell");
  const text = useCardText()(ticket);
  return (
    <section aria-label={t("preview")} className={classes.preview}>
      <h2>{t("preview")}</h2>
      <h3 className={classes.label}>{t("previewList")}</h3>
      {/* Its link leads nowhere yet, and all it says is said below once more. */}
      <div inert className={classes.card}>
        <TicketCard text={text} now={text.now} level={3} locale={useLocale()} words={useStatusWords()} />
      </div>
      <h3 className={classes.label}>{t("previewPage")}</h3>
      <div>
        <TicketHead ticket={ticket} heading="h4" />
        <TicketFacts ticket={ticket} heading="h5" />
      </div>
    </section>
  );
}
