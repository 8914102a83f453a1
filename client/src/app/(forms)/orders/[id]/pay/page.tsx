import type {Metadata} from "next";
import Link from "next/link";
import {redirect} from "next/navigation";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Interactive} from "@/components/live/interactive";
import {Page} from "@/components/page";
import {requireUser} from "@/features/auth/session";
import {loadOrder, loadPayment} from "@/features/orders/load";
import {OrderSlip} from "@/features/orders/order-slip";
import classes from "@/features/orders/orders.module.css";
import {Reservation} from "@/features/orders/reservation";
import {isLive, standingOf} from "@/features/orders/standing";
import {PayForm} from "@/features/payments/pay-form";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("pay");
  return {title: t("title"), robots: {index: false}, referrer: "no-referrer"};
}

/** Also where the page of 3-D Secure leads back to, with the payment's secret in the address. */
export default function PayPage({params, searchParams}: PageProps<"/orders/[id]/pay">) {
  return guarded(async () => {
    const [{id}, query] = await Promise.all([params, searchParams]);
    const path = `/orders/${id}`;
    await requireUser(`${path}/pay`);
    // Away with the secret. What was paid is followed on the order's own page, also
    // while the processor's word for it is still under way.
    const {redirect_status: came} = query;
    if (came === "succeeded" || came === "pending") redirect(path);
    if (Object.keys(query).length > 0) redirect(`${path}/pay`);
    const [t, order, {order: held, now}, payment] = await Promise.all([
      getTranslations("pay"),
      getTranslations("order"),
      loadOrder(id),
      loadPayment(id),
    ]);
    const payable = ["reserved", "declinedOnce", "action"].includes(standingOf(held, payment));
    if (!isLive(held) || !payable) redirect(path);
    return (
      <Page title={t("title")}>
        <div className={classes.columns}>
          <section aria-label={order("what")} className={classes.beside}>
            <OrderSlip order={held} />
            <p className={classes.way}>
              <Link href={path} prefetch={false}>
                {t("toOrder")}
              </Link>
            </p>
          </section>
          <div>
            <noscript>
              <p>{t("scriptNeeded")}</p>
            </noscript>
            <Interactive messages={["order", "pay"]}>
              <div className={classes.live}>
                <Reservation order={held} payment={payment} now={now}>
                  <PayForm order={held} payment={payment ?? null} withStripe={Boolean(process.env.STRIPE_PUBLISHABLE_KEY)} />
                </Reservation>
              </div>
            </Interactive>
          </div>
        </div>
      </Page>
    );
  });
}
