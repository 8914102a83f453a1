import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {LinkButton} from "@/components/link-button";
import {Actions, Page} from "@/components/page";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("errors");
  return {title: t("notFound")};
}

export default async function NotFound() {
  const t = await getTranslations("errors");
  return (
    <Page narrow title={t("notFound")} lead={t("notFoundHint")}>
      <Actions>
        <LinkButton href="/">{t("home")}</LinkButton>
      </Actions>
    </Page>
  );
}
