import {Alert} from "@mantine/core";
import type {Metadata} from "next";
import Link from "next/link";
import {redirect} from "next/navigation";
import {getTranslations} from "next-intl/server";
import {Page} from "@/components/page";
import {signIn} from "@/features/auth/actions";
import {CredentialsForm} from "@/features/auth/credentials-form";
import {currentUser} from "@/features/auth/session";
import {localPath} from "@/lib/paths";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth");
  return {title: t("signIn"), robots: {index: false}};
}

export default async function SignInPage({searchParams}: PageProps<"/signin">) {
  const {to: wanted, why} = await searchParams;
  const to = localPath(typeof wanted === "string" ? wanted : undefined);
  if (await currentUser()) redirect(to);
  const t = await getTranslations("auth");
  return (
    <Page narrow title={t("signIn")}>
      {why === "ended" && (
        <Alert mt="md" color="gray" role="status">
          {t("ended")}
        </Alert>
      )}
      <CredentialsForm
        action={signIn}
        to={to}
        fresh={false}
        labels={{email: t("email"), password: t("password"), submit: t("signIn")}}
      />
      <p>
        {t("toSignUp")} <Link href={`/signup?${new URLSearchParams({to})}`}>{t("signUp")}</Link>
      </p>
    </Page>
  );
}
