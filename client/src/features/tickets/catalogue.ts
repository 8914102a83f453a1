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
};

/** A page of what is for sale. */
export async function loadCatalogue({cursor, sort, ...filters}: Search): Promise<Catalogue> {
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
