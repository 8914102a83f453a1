import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Interactive} from "@/components/live/interactive";
import {Page} from "@/components/page";
import {requireUserOrAnswer} from "@/features/auth/session";
import {loadCurrency, zones} from "@/features/tickets/sell/load";
import {SellForm} from "@/features/tickets/sell/sell-form";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("sell");
  return {title: t("title"), robots: {index: false}};
}

export default function SellPage() {
  return guarded(async () => {
    const user = await requireUserOrAnswer("/sell");
    const [t, currency] = await Promise.all([getTranslations("sell"), loadCurrency()]);
    return (
      <Page title={t("title")} lead={t("lead")}>
        <Interactive messages={["sell", "listings", "ticket", "category", "status"]}>
          <SellForm userId={user?.id} currency={currency} once={crypto.randomUUID()} now={Date.now()} zones={zones} />
        </Interactive>
      </Page>
    );
  });
}
