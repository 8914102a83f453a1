import {useLocale} from "next-intl";
import type {ReactNode} from "react";
import {Slip} from "@/components/slip";
import {TicketLines} from "@/components/ticket-lines";
import type {Order} from "@/lib/api";
import {formatMoney} from "@/lib/money";

type Props = {order: Order; heading?: "h2" | "h3"; foot?: ReactNode};

/** What was ordered, as it was then: it does not change with the listing. */
export function OrderSlip({order: {ticket}, heading, foot}: Props) {
  const locale = useLocale();
  return (
    <Slip
      title={ticket.title}
      href={`/tickets/${ticket.id}`}
      amount={formatMoney(ticket.price, ticket.currency, locale)}
      heading={heading}
      foot={foot}
    >
      <TicketLines ticket={ticket} />
    </Slip>
  );
}
