import type {Metadata} from "next";
import {getTranslations} from "next-intl/server";
import {guarded} from "@/components/errors/guard";
import {LinkButton} from "@/components/link-button";
import {Nothing} from "@/components/nothing";
import {Actions, Page} from "@/components/page";
import {loadCatalogue} from "@/features/tickets/catalogue";
import {Filters} from "@/features/tickets/filters/filters";
import {TicketList} from "@/features/tickets/list";
import {hasWord, readSearch, searchPath} from "@/features/tickets/search";
import classes from "./home.module.css";

export async function generateMetadata({searchParams}: PageProps<"/">): Promise<Metadata> {
  const {q} = readSearch(await searchParams);
  const t = await getTranslations("home");
  return q && hasWord(q) ? {title: t("headingSearch", {q}), robots: {index: false}} : {};
}

export default async function Home({searchParams}: PageProps<"/">) {
  const asked = readSearch(await searchParams);
  return guarded(async () => {
    const [t, {tickets, next, facets, search, refused}] = await Promise.all([
      getTranslations("home"),
      loadCatalogue(asked),
    ]);
    const {q, cursor} = search;
    const narrowed = Object.keys(search).some((name) => name !== "sort");
    return (
      <Page title={q ? t("headingSearch", {q}) : t("heading")} lead={narrowed ? undefined : t("lead")}>
        <Filters search={search} refused={refused} facets={facets} />
        {refused.q !== undefined && (
          <p role="alert" className={classes.refused}>
            {t(hasWord(refused.q) ? "refused.q" : "refused.noWord", {q: refused.q})}
          </p>
        )}
        {facets && tickets.length > 0 && (
          <p role="status" className={classes.count}>
            {t("count", {count: facets.total})}
          </p>
        )}
        {tickets.length > 0 ? (
          <TicketList tickets={tickets} label={t("results")} />
        ) : (
          <Nothing title={t(narrowed ? "none" : "empty")} hint={t(narrowed ? "noneHint" : "emptyHint")}>
            {narrowed ? (
              <LinkButton href="/">{t("clear")}</LinkButton>
            ) : (
              <LinkButton href="/sell">{t("sell")}</LinkButton>
            )}
          </Nothing>
        )}
        <Actions>
          {cursor && (
            <LinkButton href={searchPath(search)} variant="default">
              {t("first")}
            </LinkButton>
          )}
          {next && <LinkButton href={searchPath(search, {cursor: next})}>{t("next")}</LinkButton>}
        </Actions>
      </Page>
    );
  });
}
