import Form from "next/form";
import Link from "next/link";
import {getTranslations} from "next-intl/server";
import type {User} from "@/lib/api";
import classes from "./shell.module.css";
import {Popover} from "./popover";
import {SearchBox} from "./search-box";
import {SignInLink} from "./sign-in-link";

export async function Header({user}: {user: User | null}) {
  const t = await getTranslations("shop");
  return (
    <header className={classes.header}>
      <div className={classes.bar}>
        <Link href="/" prefetch={false} className={classes.logo} aria-label={`${t("name")} – ${t("title")}`}>
          Ticket<span>X</span>
        </Link>
        <Form action="/" role="search" className={classes.search}>
          <SearchBox label={t("search")} placeholder={t("searchHint")} />
        </Form>
        <nav aria-label={t("menu")} className={classes.nav}>
          <Link href="/sell" prefetch={false} className={classes.sell}>
            {t("sell")}
          </Link>
          {user ? (
            <Popover label={t("account")} id="account-menu">
              <p className={classes.who}>{t("signedInAs", {email: user.email})}</p>
              <ul>
                <li>
                  <Link href="/orders" prefetch={false}>
                    {t("orders")}
                  </Link>
                </li>
                <li>
                  <Link href="/listings" prefetch={false}>
                    {t("listings")}
                  </Link>
                </li>
                <li>
                  <Link href="/account" prefetch={false}>
                    {t("account")}
                  </Link>
                </li>
              </ul>
              <form method="post" action="/api/users/leave">
                <button type="submit">{t("signOut")}</button>
              </form>
            </Popover>
          ) : (
            <SignInLink className={classes.account}>{t("signIn")}</SignInLink>
          )}
        </nav>
      </div>
    </header>
  );
}
