import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Page} from "@/components/page";
import {requireUser} from "@/features/auth/session";
import {OrderList} from "@/features/orders/list";
import {loadOrders} from "@/features/orders/load";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("orders");
  return {title: t("title"), robots: {index: false}};
}

export default function OrdersPage({searchParams}: PageProps<"/orders">) {
  return guarded(async () => {
    await requireUser("/orders");
    const {cursor} = await searchParams;
    const at = typeof cursor === "string" ? cursor : undefined;
    const [t, {orders, next}] = await Promise.all([getTranslations("orders"), loadOrders(at)]);
    return (
      <Page title={t("title")}>
        <OrderList orders={orders} next={next} first={!at} />
      </Page>
    );
  }, "/orders");
}
