import type {Metadata} from "next";
import {getLocale, getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Interactive} from "@/components/live/interactive";
import {Page} from "@/components/page";
import {requireUser} from "@/features/auth/session";
import {loadOrder, loadPayment} from "@/features/orders/load";
import {OrderSlip} from "@/features/orders/order-slip";
import {OrderView} from "@/features/orders/order-view";
import classes from "@/features/orders/orders.module.css";
import {formatEventDate} from "@/lib/dates";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("order");
  return {title: t("title"), robots: {index: false}};
}

export default function OrderPage({params, searchParams}: PageProps<"/orders/[id]">) {
  return guarded(async () => {
    const {id} = await params;
    await requireUser(`/orders/${id}`);
    const [t, locale, {problem}, {order, now}, payment] = await Promise.all([
      getTranslations("order"),
      getLocale(),
      searchParams,
      loadOrder(id),
      loadPayment(id),
    ]);
    return (
      <Page title={t("title")}>
        <div className={classes.columns}>
          <div>
            <Interactive messages={["order"]}>
              <OrderView order={order} payment={payment} now={now} cancelFailed={problem === "cancel"} />
            </Interactive>
          </div>
          <section aria-label={t("what")}>
            <OrderSlip order={order} />
            <dl className={classes.facts}>
              <dt>{t("number")}</dt>
              <dd>{order.id}</dd>
              <dt>{t("orderedOn")}</dt>
              <dd>
                <time dateTime={order.createdAt}>{formatEventDate(order.createdAt, "UTC", locale, "short")} UTC</time>
              </dd>
            </dl>
          </section>
        </div>
      </Page>
    );
  });
}
