import {Alert} from "@mantine/core";
import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {LinkButton} from "@/components/link-button";
import {Actions, Page} from "@/components/page";
import {requireUser} from "@/features/auth/session";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth");
  return {title: t("account"), robots: {index: false}};
}

/** The place for the account's own pages. */
export default async function AccountPage({searchParams}: PageProps<"/account">) {
  const user = await requireUser("/account");
  const [t, shop, {problem}] = await Promise.all([
    getTranslations("auth"),
    getTranslations("shop"),
    searchParams,
  ]);
  return (
    <Page narrow title={t("account")} lead={shop("signedInAs", {email: user.email})}>
      {problem === "signout" && (
        <Alert mt="md" color="red" role="alert">
          {t("signOutFailed")}
        </Alert>
      )}
      <Actions>
        <LinkButton href="/orders" variant="default">
          {shop("orders")}
        </LinkButton>
        <LinkButton href="/listings" variant="default">
          {shop("listings")}
        </LinkButton>
      </Actions>
    </Page>
  );
}
