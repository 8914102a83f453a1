"use client";

import {Alert, Button} from "@mantine/core";
import {useQuery, useQueryClient} from "@tanstack/react-query";
import {useLocale, useTranslations} from "next-intl";
import {useRef, useState, type ReactNode} from "react";
import {LinkButton} from "@/components/link-button";
import {useErrorMessage} from "@/components/live/use-error-message";
import {SignInLink} from "@/components/shell/sign-in-link";
import {Badge} from "@/components/slip";
import {useTicketStream} from "@/features/tickets/stream";
import {tones} from "@/features/tickets/tones";
import {read, type Order, type Ticket} from "@/lib/api";
import {api} from "@/lib/api/browser";
import {numberFormat} from "@/lib/intl";
import {formatMoney} from "@/lib/money";
import {useFocusAfter} from "@/lib/use-focus-after";
import {useLive} from "@/lib/use-live";
import classes from "./offer.module.css";
import {standingOf, type Standing} from "./standing";
import {useBuy} from "./use-buy";
import {useOwnOrder} from "./use-own-order";

type Props = {
  given: Ticket;
  /** The visitor's own order of it: null when there is none, undefined when that can't be told. */
  order: Order | null | undefined;
  userId: string | undefined;
  /** Whether the page shows others like it. */
  similar: boolean;
};

/** The price and what can be done: true at every moment, also while somebody else buys. */
export function Offer({given, order, userId, similar}: Props) {
  const t = useTranslations("ticket");
  const ticket = useLiveTicket(given);
  const queries = useQueryClient();
  const {id, price, originalPrice, currency, quantity} = ticket;
  const purchase = useBuy(id, () => {
    // Somebody was faster. The ticket as it is now says how.
    void queries.invalidateQueries({queryKey: ["ticket", id]});
  });
  const own = useOwnOrder(ticket, {orderId: given.orderId, order}, userId, purchase.error !== null);
  // What is heard of one's own purchase, before its answer, is no news of somebody else.
  const standing: Standing = purchase.buying ? {kind: "free"} : standingOf(ticket, userId, own);
  const [wasTaken, setWasTaken] = useState(given.status !== "available");
  if ((standing.kind === "taken" || standing.kind === "unclear") && !wasTaken) setWasTaken(true);
  const below = originalPrice === undefined ? 0 : 1 - price / originalPrice;
  const over = standing.kind === "taken" && standing.status !== "reserved";
  const locale = useLocale();
  const money = (amount: number) => formatMoney(amount, currency, locale);
  // The status and the order change the version too: what the seller says is told by itself.
  const changed = said(ticket) !== said(given);

  return (
    <aside className={classes.offer} aria-label={t("total")}>
      <p className={classes.price} data-over={over || undefined}>
        {money(price)}
      </p>
      {quantity > 1 && <p>{t("each", {price: money(price / quantity)})}</p>}
      {!over && originalPrice !== undefined && below > 0 && (
        <p className={classes.bargain}>
          {t("original", {price: money(originalPrice)})}
          {/* Less than that would be said to be 0%. */}
          {below >= 0.005 && `, ${t("below", {percent: numberFormat(locale, {style: "percent"}).format(below)})}`}
        </p>
      )}
      <div id={newsId} role="status" tabIndex={-1} className={classes.news}>
        {changed && standing.kind === "free" && <p>{t("changed")}</p>}
        <News standing={standing} wasTaken={wasTaken} />
      </div>
      {standing.kind === "free" && <Buy purchase={purchase} signedIn={userId !== undefined} />}
      {standing.kind === "own" && (
        <div className={classes.links}>
          {standing.editable && <LinkButton href={`/listings/${id}/edit`}>{t("ownEdit")}</LinkButton>}
          <LinkButton href="/listings" variant="default">
            {t("ownListings")}
          </LinkButton>
        </div>
      )}
      {standing.kind === "mine" && (
        <LinkButton href={standing.paid ? `/orders/${standing.orderId}` : `/orders/${standing.orderId}/pay`} fullWidth size="lg">
          {t(standing.paid ? "seeOrder" : "pay")}
        </LinkButton>
      )}
      {standing.kind === "unclear" && !standing.asked && (
        <LinkButton href="/orders" variant="default" fullWidth>
          {t("toOrders")}
        </LinkButton>
      )}
      {(standing.kind === "taken" || (standing.kind === "unclear" && standing.asked)) && similar && (
        <Button component="a" href="#similar" variant="default" fullWidth>
          {t("similar")}
        </Button>
      )}
    </aside>
  );
}

/** What is to be said about how one stands, kindly. */
function News({standing, wasTaken}: {standing: Standing; wasTaken: boolean}): ReactNode {
  const t = useTranslations("ticket");
  const status = useTranslations("status");
  switch (standing.kind) {
    case "own":
      return (
        <>
          <p>{t("own")}</p>
          {standing.status !== "available" && (
            <p>
              <Badge tone={tones[standing.status]}>{status(standing.status)}</Badge>
            </p>
          )}
        </>
      );
    case "mine":
      return <p className={classes.good}>{t(standing.paid ? "bought" : "mine")}</p>;
    case "unclear":
      return (
        <>
          <p className={classes.taken}>{t(standing.sold ? "sold" : "reservedUnclear")}</p>
          {!standing.asked ? <p>{t("unclearHint")}</p> : !standing.sold && <p>{t("reservedHint")}</p>}
        </>
      );
    case "taken": {
      const {status} = standing;
      const hint = status === "reserved" ? "reservedHint" : status === "sold" ? "soldHint" : undefined;
      return (
        <>
          <p className={classes.taken}>{t(status)}</p>
          {hint && <p>{t(hint)}</p>}
        </>
      );
    }
    case "free":
      return wasTaken && <p className={classes.good}>{t("freed")}</p>;
  }
}

const newsId = "news";

function Buy({purchase: {buy, buying, error}, signedIn}: {purchase: ReturnType<typeof useBuy>; signedIn: boolean}) {
  const t = useTranslations("ticket");
  const message = useErrorMessage();
  const live = useLive();
  const [before] = useState(error); // why it could not be bought before it was for sale again
  const button = useRef<HTMLButtonElement>(null);
  useFocusAfter([button], newsId); // somebody was faster
  if (!signedIn) {
    return (
      <Button component={SignInLink} size="lg" fullWidth>
        {t("signInToBuy")}
      </Button>
    );
  }
  return (
    <>
      {error && error !== before && (
        <Alert color="red" role="alert">
          {message(error)}
        </Alert>
      )}
      <Button ref={button} size="lg" fullWidth onClick={buy} disabled={!live} aria-disabled={buying || undefined}>
        {t(buying ? "buying" : "buy")}
      </Button>
      <p className={classes.hint}>{t("buyHint")}</p>
      <noscript>
        <p className={classes.taken}>{t("jsNeeded")}</p>
      </noscript>
    </>
  );
}

/** The ticket as the page came with it, then as the shop tells it. */
function useLiveTicket(given: Ticket): Ticket {
  const queries = useQueryClient();
  const queryKey = ["ticket", given.id];
  const {data} = useQuery({
    queryKey,
    queryFn: () => read(api.GET("/api/tickets/{id}", {params: {path: {id: given.id}}})),
    initialData: given,
  });
  useTicketStream([given.id], {
    onTicket: (heard) =>
      queries.setQueryData<Ticket>(queryKey, (known) => (known && known.version > heard.version ? known : heard)),
    onMissed: () => void queries.invalidateQueries({queryKey}),
    fromPage: true,
  });
  // The page may have been rendered anew since.
  return given.version > data.version ? given : data;
}

function said({title, price, startsAt, venue, city, section, row, seat, quantity}: Ticket): string {
  return JSON.stringify([title, price, startsAt, venue, city, section, row, seat, quantity]);
}
