"use client";

import {useTranslations} from "next-intl";
import {useEffect, useEffectEvent, useState} from "react";
import type {ServerClock} from "@/lib/server-clock";
import classes from "./orders.module.css";

type Props = {
  /** The moment that is counted down to, and when its time began. */
  until: number;
  from: number;
  /** The server's time when the page was made. */
  now: number;
  clock: ServerClock;
  onEnd?: () => void;
};

/** When to say aloud what is left, in seconds. */
const said = [300, 60, 30];

/**
 * What is left of a reservation, by the server's clock. The numbers change silently;
 * those who listen are told a few times.
 */
export function Countdown({until, from, now, clock, onEnd}: Props) {
  const t = useTranslations("order");
  const whole = Math.max(1, Math.round((until - from) / 1000));
  // By a clock that is known to the second there may seem to be more left than there ever was.
  const left = Math.min(whole, useSecondsLeft(until, now, clock, onEnd));
  const minutes = Math.floor(left / 60);
  const seconds = String(left % 60).padStart(2, "0");
  const mark = said.findLast((each) => left <= each);
  return (
    <div className={classes.countdown} data-soon={left <= 60 || undefined}>
      <p role="timer" aria-label={t("timeLeft")}>
        <span>{t("timeLeft")}</span> <strong>{`${minutes}:${seconds}`}</strong>
      </p>
      <div className={classes.bar} aria-hidden="true">
        <div style={{transform: `scaleX(${left / whole})`}} />
      </div>
      <p role="status" className="visually-hidden">
        {mark !== undefined && left > 0 && t("timeLeftSaid", {seconds: mark, minutes: mark / 60})}
      </p>
    </div>
  );
}

function useSecondsLeft(until: number, now: number, clock: ServerClock, onEnd?: () => void): number {
  const [left, setLeft] = useState(() => secondsTo(until, now));
  const ended = useEffectEvent(() => onEnd?.());
  useEffect(() => {
    let over = false;
    const tick = () => {
      const seconds = secondsTo(until, clock.now());
      setLeft(seconds);
      if (seconds === 0 && !over) {
        over = true;
        ended();
      }
    };
    tick();
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [until, clock]);
  return left;
}

function secondsTo(until: number, now: number): number {
  return Math.max(0, Math.ceil((until - now) / 1000));
}
