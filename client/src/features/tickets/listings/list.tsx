import {Alert} from "@mantine/core";
import {useLocale, useTranslations} from "next-intl";
import {Chips} from "@/components/chips";
import {LinkButton} from "@/components/link-button";
import {Nothing} from "@/components/nothing";
import {Actions} from "@/components/page";
import {Badge, Slip, SlipLinks, SlipList} from "@/components/slip";
import {TicketLines} from "@/components/ticket-lines";
import {tones} from "@/features/tickets/tones";
import type {Ticket} from "@/lib/api";
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

function Listing({ticket}: {ticket: Ticket}) {
  const t = useTranslations("listings");
  const locale = useLocale();
  const {id, title, price, proceeds, currency, status} = ticket;
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
              <LinkButton href={`/listings/${id}/edit`} name={t("editOf", {title})} variant="default" size="sm">
                {t("edit")}
              </LinkButton>
            )}
            <Withdraw ticket={{id, title, status}} next={`listing-${id}`} />
          </SlipLinks>
        </>
      }
    >
      <TicketLines ticket={ticket} />
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
