import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {Interactive} from "@/components/live/interactive";
import {LinkButton} from "@/components/link-button";
import {Actions, Page} from "@/components/page";
import {requireUserOrAnswer} from "@/features/auth/session";
import {loadTicket} from "@/features/tickets/catalogue";
import {zones} from "@/features/tickets/sell/load";
import {SellForm} from "@/features/tickets/sell/sell-form";
import {ApiError} from "@/lib/api";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("listings");
  return {title: t("editTitle"), robots: {index: false}};
}

export default function EditPage({params}: PageProps<"/listings/[id]/edit">) {
  return guarded(async () => {
    const {id} = await params;
    const user = await requireUserOrAnswer(`/listings/${id}/edit`);
    const [t, ticket] = await Promise.all([getTranslations("listings"), loadTicket(id)]);
    if (user && ticket.userId !== user.id) throw new ApiError("This listing is somebody else's.", {status: 403});
    const {status} = ticket;
    if (status !== "available" && status !== "past") {
      return (
        <Page narrow title={ticket.title} lead={t(`locked.${status}`)}>
          <Actions>
            <LinkButton href="/listings">{t("title")}</LinkButton>
            <LinkButton href={`/tickets/${id}`} variant="default">
              {t("show")}
            </LinkButton>
          </Actions>
        </Page>
      );
    }
    return (
      <Page title={t("editTitle")}>
        <Interactive messages={["sell", "listings", "ticket", "category", "status"]}>
          <SellForm ticket={ticket} userId={user?.id} currency={ticket.currency} now={Date.now()} zones={zones} />
        </Interactive>
      </Page>
    );
  });
}
