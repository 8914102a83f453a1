"use client";

import {Loader} from "@mantine/core";
import {useRouter} from "next/navigation";
import {useTranslations} from "next-intl";
import {useEffect, useState, type ReactNode} from "react";
import type {Order} from "@/lib/api";
import {Countdown} from "./countdown";
import classes from "./orders.module.css";
import {isLive, type MaybePayment} from "./standing";
import {useOrder} from "./use-order";

type Props = {order: Order; payment: MaybePayment; now: number; children: ReactNode};

/**
 * What a reservation is around: it counts down, and when the time is up nothing more
 * can be begun. How it ended, the order's own page says.
 */
export function Reservation({now, children, ...initial}: Props) {
  const t = useTranslations("order");
  const router = useRouter();
  const {order, clock, look} = useOrder(initial, now);
  const until = Date.parse(order.expiresAt);
  const [over, setOver] = useState(until <= now);
  const live = isLive(order);
  const path = `/orders/${order.id}`;

  useEffect(() => {
    if (!live) router.replace(path);
  }, [live, path, router]);

  return (
    <>
      <Countdown
        until={until}
        from={Date.parse(order.createdAt)}
        now={now}
        clock={clock}
        onEnd={() => {
          setOver(true);
          void look();
        }}
      />
      <div role="status">
        {over && live && (
          <div className={classes.settling}>
            <Loader size="sm" aria-hidden="true" />
            <div>
              <h2>{t("timeUp")}</h2>
              <p>{t("timeUpText")}</p>
            </div>
          </div>
        )}
      </div>
      {/* Hidden, not gone: what has been sent to the card still has to be heard. */}
      <div hidden={over || !live}>{children}</div>
    </>
  );
}
