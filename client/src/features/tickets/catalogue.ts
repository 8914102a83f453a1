import "server-only";
import {cache} from "react";
import {ApiError, nextCursor, read, type Facets, type Ticket} from "@/lib/api";
import {serverApi} from "@/lib/api/server";
import type {Search} from "./search";

export const pageSize = 50;

export type Catalogue = {
  tickets: Ticket[];
  /** The cursor of the next page. */
  next: string | undefined;
  /** How many there are of what; null when that can't be told at the moment. */
  facets: Facets | null;
  /** What was looked for: what makes no sense to the API is left out. */
  search: Search;
  /** What was left out. */
  refused: Search;
};

/** A page of what is for sale. */
export async function loadCatalogue(asked: Search): Promise<Catalogue> {
  let search = asked;
  let refused: Search = {};
  for (;;) {
    try {
      return {...(await ask(search)), search, refused};
    } catch (error) {
      const wrong = (error instanceof ApiError ? error.errors : []).map(({field}) => field);
      const [bad, good] = divide(search, (name) => wrong.includes(name));
      // Each turn leaves out at least one of the few, so there is an end.
      if (Object.keys(bad).length === 0) throw error;
      search = good;
      refused = {...refused, ...bad};
    }
  }
}

async function ask({cursor, sort, ...filters}: Search) {
  const api = await serverApi();
  const [page, facets] = await Promise.all([
    api.GET("/api/tickets", {params: {query: {...filters, sort, cursor, limit: pageSize}}}),
    read(api.GET("/api/tickets/facets", {params: {query: filters}})).catch((error: unknown) => {
      if (error instanceof ApiError) return null;
      throw error;
    }),
  ]);
  return {tickets: page.data ?? [], next: nextCursor(page.response), facets};
}

function divide(search: Search, isBad: (name: string) => boolean): [bad: Search, good: Search] {
  const entries = Object.entries(search);
  return [
    Object.fromEntries(entries.filter(([name]) => isBad(name))),
    Object.fromEntries(entries.filter(([name]) => !isBad(name))),
  ];
}

/** One ticket, whatever its status. Asked for once, however many parts of a page want it. */
export const loadTicket = cache(async (id: string): Promise<Ticket> => {
  const api = await serverApi();
  return read(api.GET("/api/tickets/{id}", {params: {path: {id}}}));
});

/** Others like this one: of its city and category, then of its category alone, then of its city, then any. */
export async function loadSimilar(ticket: Ticket, count: number): Promise<Ticket[]> {
  const api = await serverApi();
  const {category, city} = ticket;
  const wishes = [{category, city}, {category}, {city}].filter((wish) =>
    Object.values(wish).every((value) => value !== undefined),
  );
  const pages = await Promise.all(
    [...wishes, {}].map((query) =>
      read(api.GET("/api/tickets", {params: {query: {...query, limit: count + 1}}})).catch(() => []),
    ),
  );
  const others = pages.flat().filter(({id}) => id !== ticket.id);
  return [...new Map(others.map((other) => [other.id, other])).values()].slice(0, count);
}
