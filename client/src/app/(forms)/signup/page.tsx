import type {Metadata} from "next";
import Link from "next/link";
import {redirect} from "next/navigation";
import {getTranslations} from "next-intl/server";
import {Page} from "@/components/page";
import {signUp} from "@/features/auth/actions";
import {CredentialsForm} from "@/features/auth/credentials-form";
import {currentUser} from "@/features/auth/session";
import {localPath, signInPath} from "@/lib/paths";

export async function generateMetadata(): Promise<Metadata> {
  const t = await getTranslations("auth");
  return {title: t("signUp"), robots: {index: false}};
}

export default async function SignUpPage({searchParams}: PageProps<"/signup">) {
  const {to: wanted} = await searchParams;
  const to = localPath(typeof wanted === "string" ? wanted : undefined);
  if (await currentUser()) redirect(to);
  const t = await getTranslations("auth");
  return (
    <Page narrow title={t("signUp")}>
      <CredentialsForm
        action={signUp}
        to={to}
        fresh
        labels={{
          email: t("email"),
          password: t("password"),
          rule: t("passwordRule"),
          submit: t("signUp"),
        }}
      />
      <p>
        {t("toSignIn")} <Link href={signInPath(to)}>{t("signIn")}</Link>
      </p>
    </Page>
  );
}
