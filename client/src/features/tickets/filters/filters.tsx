import Form from "next/form";
import Link from "next/link";
import {useLocale, useTranslations} from "next-intl";
import {AutoSubmit} from "@/components/auto-submit";
import {Chips} from "@/components/chips";
import {Select} from "@/components/select";
import {categories, type Facets} from "@/lib/api";
import {locales} from "@/lib/i18n/locales";
import {numberFormat} from "@/lib/intl";
import {hiddenFilters, searchPath, sortsFor, type Search} from "@/features/tickets/search";
import {Field} from "./fields";
import classes from "./filters.module.css";

type Props = {
  search: Search;
  /** What was asked for and makes no sense: shown as it was typed, and that it does not count. */
  refused: Search;
  facets: Facets | null;
};

/** What narrows the list down. A form and links: it works without JavaScript. */
export function Filters({search, refused, facets}: Props) {
  const t = useTranslations("home");
  const hidden = hiddenFilters({...search, ...refused});
  const text = (value: string | number | undefined) => (value === undefined ? "" : String(value));
  const field = (name: "from" | "to" | "minPrice" | "maxPrice") => ({
    name,
    label: t(name),
    given: text(refused[name] ?? search[name]),
    problem: refused[name] === undefined ? undefined : t(`refused.${name}`),
  });
  return (
    <>
      <Categories search={search} facets={facets} />
      <Form action="/" scroll={false} className={classes.form}>
        {search.q && <input type="hidden" name="q" value={search.q} />}
        {search.category && <input type="hidden" name="category" value={search.category} />}
        <details className={classes.more} open={hidden > 0}>
          <summary>{hidden > 0 ? t("filtersActive", {count: hidden}) : t("filters")}</summary>
          <div className={classes.fields}>
            <Select name="city" label={t("city")} given={text(search.city)} options={useCities(search, facets)} />
            <Field {...field("from")} type="date" />
            <Field {...field("to")} type="date" />
            <Field {...field("minPrice")} type="number" min={0} step="any" inputMode="decimal" />
            <Field {...field("maxPrice")} type="number" min={0} step="any" inputMode="decimal" />
          </div>
        </details>
        <div className={classes.sort}>
          <Select
            name="sort"
            label={t("sort")}
            given={search.sort ?? (search.q ? "relevance" : "newest")}
            options={sortsFor(search).map((sort) => ({value: sort, label: t(sortNames[sort])}))}
          />
          <AutoSubmit label={t("show")} />
          {(hidden > 0 || search.category) && (
            <Link href={searchPath({q: search.q, sort: search.sort})} prefetch={false} scroll={false}>
              {t("clear")}
            </Link>
          )}
        </div>
      </Form>
    </>
  );
}

const sortNames = {
  relevance: "sortRelevance",
  newest: "sortNewest",
  date: "sortDate",
  price: "sortPrice",
  "-price": "sortPriceDown",
} as const;

function Categories({search, facets}: {search: Search; facets: Facets | null}) {
  const t = useTranslations("home");
  const name = useTranslations("category");
  const numbers = useNumbers();
  const counts = new Map(facets?.categories.map(({value, count}) => [value, count]));
  // Those that would bring nothing are left out, but never the one that is chosen.
  const shown = categories.filter((category) => !facets || counts.has(category) || category === search.category);
  return (
    <Chips
      label={t("category")}
      chips={[undefined, ...shown].map((category) => ({
        href: searchPath(search, {category}),
        chosen: search.category === category,
        label: (
          <>
            {category ? name(category) : t("any")}
            {category && facets && <span> {numbers.format(counts.get(category) ?? 0)}</span>}
          </>
        ),
      }))}
    />
  );
}

function useCities(search: Search, facets: Facets | null) {
  const t = useTranslations("home");
  const numbers = useNumbers();
  const cities = (facets?.cities ?? []).map(({value, count}) => ({
    value,
    label: t("withOption", {label: value, count: numbers.format(count)}),
  }));
  const {city} = search;
  const known = city === undefined || cities.some(({value}) => value === city);
  return [{value: "", label: t("any")}, ...(known ? [] : [{value: city, label: city}]), ...cities];
}

function useNumbers(): Intl.NumberFormat {
  return numberFormat(locales[useLocale()].formats);
}
