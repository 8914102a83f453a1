import {Alert} from "@mantine/core";
import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {buttonLook} from "@/components/button-look";
import {guarded} from "@/components/errors/guard";
import {LinkButton} from "@/components/link-button";
import {Actions, Notice, Page} from "@/components/page";
import {requireUser} from "@/features/auth/session";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth");
  return {title: t("account"), robots: {index: false}};
}

/** The place for the account's own pages. */
export default async function AccountPage({searchParams}: PageProps<"/account">) {
  const [t, {problem}] = await Promise.all([getTranslations("auth"), searchParams]);
  // Said before it is asked who looks: mostly the one is away because the other is.
  const stillIn = problem === "signout" && (
    <Notice narrow>
      <Alert color="red" role="alert">
        {t("signOutFailed")}
      </Alert>
    </Notice>
  );
  return (
    <>
      {stillIn}
      {await guarded(account)}
    </>
  );
}

async function account() {
  const user = await requireUser("/account");
  const [t, shop] = await Promise.all([getTranslations("auth"), getTranslations("shop")]);
  return (
    <Page narrow title={t("account")} lead={shop("signedInAs", {email: user.email})}>
      <Actions>
        <LinkButton href="/orders" variant="default">
          {shop("orders")}
        </LinkButton>
        <LinkButton href="/listings" variant="default">
          {shop("listings")}
        </LinkButton>
        <form method="post" action="/api/users/leave">
          <button type="submit" {...buttonLook({variant: "default"})}>
            {shop("signOut")}
          </button>
        </form>
      </Actions>
    </Page>
  );
}
