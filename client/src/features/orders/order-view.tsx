"use client";

import {Alert} from "@mantine/core";
import {useTranslations} from "next-intl";
import {LinkButton} from "@/components/link-button";
import {Actions} from "@/components/page";
import type {Tone} from "@/components/slip";
import type {Order} from "@/lib/api";
import {CancelOrder} from "./cancel";
import {Countdown} from "./countdown";
import classes from "./orders.module.css";
import {isLive, moneyOf, standingOf, type MaybePayment, type Standing} from "./standing";
import {useOrder} from "./use-order";

const tones: Record<Standing, Tone> = {
  reserved: "wait",
  declinedOnce: "bad",
  action: "wait",
  processing: "wait",
  completing: "wait",
  complete: "good",
  disputed: "bad",
  returned: "quiet",
  cancelled: "quiet",
  expired: "quiet",
  declined: "bad",
};

const marks = {good: "✓", wait: "…", bad: "!", quiet: "–"};

type Props = {order: Order; payment: MaybePayment; now: number; cancelFailed: boolean};

/** How it stands with an order, what became of the money, and what can be done. */
export function OrderView({cancelFailed, now, ...initial}: Props) {
  const t = useTranslations("order");
  const {order, payment, clock, look} = useOrder(initial, now);
  const standing = standingOf(order, payment);
  const live = isLive(order);
  const payable = standing === "reserved" || standing === "declinedOnce" || standing === "action";
  return (
    <>
      <section className={classes.standing} data-tone={tones[standing]} aria-label={t("status")}>
        <span aria-hidden="true" className={classes.mark}>
          {marks[tones[standing]]}
        </span>
        <div role="status">
          <h2>{t(`standing.${standing}.title`)}</h2>
          <p>{t(`standing.${standing}.text`)}</p>
          {order.status === "cancelled" && <p>{t(`money.${moneyOf(payment)}`)}</p>}
          {standing === "returned" && <p>{t(payment?.status === "refunded" ? "money.returned" : "money.returning")}</p>}
        </div>
      </section>
      {live && payable && (
        <Countdown
          until={Date.parse(order.expiresAt)}
          from={Date.parse(order.createdAt)}
          now={now}
          clock={clock}
          onEnd={() => void look()}
        />
      )}
      {cancelFailed && live && (
        <Alert mt="md" color="red" role="alert">
          {t("cancel.failed")}
        </Alert>
      )}
      <Actions>
        {payable && (
          <LinkButton href={`/orders/${order.id}/pay`}>
            {t(standing === "declinedOnce" ? "payAgain" : "pay")}
          </LinkButton>
        )}
        {payable && <CancelOrder orderId={order.id} onDone={look} />}
        {order.status === "complete" && (
          <LinkButton href="/orders" variant="default">
            {t("all")}
          </LinkButton>
        )}
        {order.status === "cancelled" && (
          <>
            <LinkButton href={`/tickets/${order.ticket.id}`}>{t("ticketAgain")}</LinkButton>
            <LinkButton href="/" variant="default">
              {t("others")}
            </LinkButton>
          </>
        )}
      </Actions>
    </>
  );
}
