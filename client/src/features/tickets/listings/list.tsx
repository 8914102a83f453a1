import {Alert} from "@mantine/core";
import Link from "next/link";
import {useLocale, useTranslations} from "next-intl";
import {Chips} from "@/components/chips";
import {LinkButton} from "@/components/link-button";
import {Nothing} from "@/components/nothing";
import {Actions} from "@/components/page";
import {Badge, Slip, SlipLinks, SlipList, type Tone} from "@/components/slip";
import type {Ticket} from "@/lib/api";
import {formatEventDate} from "@/lib/dates";
import {formatMoney} from "@/lib/money";
import {Follow} from "./follow";
import classes from "./listings.module.css";
import type {Listings} from "./load";
import {listingsPath, states, type State} from "./query";
import {Withdraw} from "./withdraw";

type Props = Listings & {status: State | undefined; first: boolean; withdrawFailed: boolean};

/** What the visitor offers or has sold, and what it earned. */
export function ListingList({tickets, next, proceeds, status, first, withdrawFailed}: Props) {
  const t = useTranslations("listings");
  const shop = useTranslations("shop");
  const locale = useLocale();
  const filtered = status !== undefined;
  const earned = proceeds !== undefined && proceeds.amount > 0;
  return (
    <>
      {withdrawFailed && (
        <Alert mt="md" color="red" role="alert">
          {t("withdraw.failed")}
        </Alert>
      )}
      {earned && <p className={classes.earned}>{t("earned", {amount: formatMoney(proceeds.amount, proceeds.currency, locale)})}</p>}
      {(filtered || tickets.length > 0 || !first) && <States chosen={status} />}
      {tickets.length === 0 ? (
        <Nothing title={t(filtered ? "noneOfState" : "none")} hint={t(filtered ? "noneOfStateHint" : "noneHint")}>
          <LinkButton href="/sell">{shop("sell")}</LinkButton>
        </Nothing>
      ) : (
        <>
          <Follow ids={tickets.map(({id}) => id)} />
          <SlipList>
            {tickets.map((ticket) => (
              <li key={ticket.id}>
                <Listing ticket={ticket} />
              </li>
            ))}
          </SlipList>
        </>
      )}
      <Actions>
        {!first && (
          <LinkButton href={listingsPath({status})} variant="default">
            {t("newest")}
          </LinkButton>
        )}
        {next && (
          <LinkButton href={listingsPath({status, cursor: next})} variant="default">
            {t("older")}
          </LinkButton>
        )}
      </Actions>
    </>
  );
}

const tones: Record<State, Tone> = {
  available: "good",
  reserved: "wait",
  sold: "good",
  past: "quiet",
  withdrawn: "quiet",
};

function Listing({ticket}: {ticket: Ticket}) {
  const t = useTranslations("listings");
  const words = useTranslations("ticket");
  const locale = useLocale();
  const {id, title, price, proceeds, currency, status, quantity, startsAt, timeZone} = ticket;
  const place = [ticket.venue, ticket.city].filter(Boolean).join(", ");
  const open = status === "available" || status === "past";
  return (
    <Slip
      id={`listing-${id}`}
      title={title}
      href={`/tickets/${id}`}
      amount={formatMoney(price, currency, locale)}
      foot={
        <>
          <span className={classes.state}>
            <Badge tone={tones[status]}>{t(`state.${status}`)}</Badge>
            {proceeds !== undefined && <span>{t("proceeds", {amount: formatMoney(proceeds, currency, locale)})}</span>}
          </span>
          <SlipLinks>
            {open && (
              <Link href={`/listings/${id}/edit`} prefetch={false} aria-label={t("editOf", {title})}>
                {t("edit")}
              </Link>
            )}
            <Withdraw ticket={{id, title, status}} next={`listing-${id}`} />
          </SlipLinks>
        </>
      }
    >
      {startsAt && (
        <p>
          <time dateTime={startsAt}>{formatEventDate(startsAt, timeZone, locale, "short")}</time>
        </p>
      )}
      {place && <p>{place}</p>}
      <p className={classes.faint}>{words("quantity", {count: quantity})}</p>
    </Slip>
  );
}

function States({chosen}: {chosen: State | undefined}) {
  const t = useTranslations("listings");
  return (
    <Chips
      label={t("filter")}
      chips={[undefined, ...states].map((status) => ({
        href: listingsPath({status}),
        chosen: status === chosen,
        label: status ? t(`state.${status}`) : t("all"),
      }))}
    />
  );
}
