import {useTranslations} from "next-intl";
import {LinkButton} from "@/components/link-button";
import {Nothing} from "@/components/nothing";
import {Actions} from "@/components/page";
import {Badge, SlipLinks, SlipList} from "@/components/slip";
import type {Order} from "@/lib/api";
import {OrderSlip} from "./order-slip";

const states = {
  created: ["open", "wait"],
  "awaiting:payment": ["open", "wait"],
  complete: ["complete", "good"],
  cancelled: ["cancelled", "quiet"],
} as const;

export function OrderList({orders, next, first}: {orders: Order[]; next?: string; first: boolean}) {
  const t = useTranslations("orders");
  if (orders.length === 0) {
    return (
      <Nothing title={t("none")} hint={t("noneHint")}>
        <LinkButton href="/">{t("look")}</LinkButton>
      </Nothing>
    );
  }
  return (
    <>
      <SlipList>
        {orders.map((order) => {
          const [state, tone] = states[order.status];
          const live = tone === "wait";
          return (
            <li key={order.id}>
              <OrderSlip
                order={order}
                foot={
                  <>
                    <Badge tone={tone}>
                      {order.status === "cancelled" && order.reason ? t(`reason.${order.reason}`) : t(state)}
                    </Badge>
                    <SlipLinks>
                      <LinkButton href={`/orders/${order.id}`} name={t("showOf", {title: order.ticket.title})} variant="default" size="sm">
                        {t("show")}
                      </LinkButton>
                      {live && (
                        <LinkButton href={`/orders/${order.id}/pay`} name={t("payOf", {title: order.ticket.title})} size="sm">
                          {t("pay")}
                        </LinkButton>
                      )}
                    </SlipLinks>
                  </>
                }
              />
            </li>
          );
        })}
      </SlipList>
      <Actions>
        {!first && (
          <LinkButton href="/orders" variant="default">
            {t("newest")}
          </LinkButton>
        )}
        {next && (
          <LinkButton href={`/orders?${new URLSearchParams({cursor: next})}`} variant="default">
            {t("older")}
          </LinkButton>
        )}
      </Actions>
    </>
  );
}
