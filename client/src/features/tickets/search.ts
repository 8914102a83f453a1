import {categories, type TicketQuery} from "@/lib/api";

/** What can be asked of the catalogue in the address of the home page. */
export type Search = Pick<
  TicketQuery,
  "q" | "category" | "city" | "from" | "to" | "minPrice" | "maxPrice" | "sort" | "cursor"
>;

export type SearchParams = Record<string, string | string[] | undefined>;

const sorts = ["relevance", "newest", "date", "price", "-price"] as const;

/** Reads an address. What makes no sense is left out: an old link is no mistake of its reader. */
export function readSearch(params: SearchParams): Search {
  const one = (name: keyof Search) => {
    const value = params[name];
    return (Array.isArray(value) ? value[0] : value)?.trim() || undefined;
  };
  const price = (name: "minPrice" | "maxPrice") => {
    const value = Number(one(name)?.replace(",", "."));
    return Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const day = (name: "from" | "to") => {
    const value = one(name);
    return value && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? value : undefined;
  };
  return defined({
    q: one("q")?.slice(0, 200),
    category: categories.find((category) => category === one("category")),
    city: one("city")?.slice(0, 100),
    from: day("from"),
    to: day("to"),
    minPrice: price("minPrice"),
    maxPrice: price("maxPrice"),
    sort: sorts.find((sort) => sort === one("sort")),
    cursor: one("cursor")?.slice(0, 512),
  });
}

/** Whether there is something in a text that the catalogue looks for. */
export function hasWord(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/** The address of a search. A page of another one can't be kept, so changes drop the cursor. */
export function searchPath(search: Search, changes: Search = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({...search, cursor: undefined, ...changes})) {
    if (value !== undefined) query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `/?${text}` : "/";
}

/** How many filters are set that are not seen at once. */
export function hiddenFilters({city, from, to, minPrice, maxPrice}: Search): number {
  return [city, from, to, minPrice, maxPrice].filter((value) => value !== undefined).length;
}

/** The sorts that make sense: there is no best match of nothing. */
export function sortsFor({q}: Search): (typeof sorts)[number][] {
  return sorts.filter((sort) => q !== undefined || sort !== "relevance");
}

function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
