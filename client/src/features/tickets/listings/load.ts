import "server-only";
import {nextCursor, read, type Facets, type Ticket} from "@/lib/api";
import {serverApi} from "@/lib/api/server";
import type {ListingsQuery} from "./query";

const pageSize = 20;

export type Listings = {
  tickets: Ticket[];
  /** The cursor of the next page. */
  next: string | undefined;
  /** What all of them have earned. */
  proceeds: Facets["proceeds"];
};


/** The visitor's own tickets, the newest first. */
export async function loadListings(query: ListingsQuery): Promise<Listings> {
  const api = await serverApi();
  const [page, {proceeds}] = await Promise.all([
    api.GET("/api/tickets", {params: {query: {...query, seller: "me", limit: pageSize}}}),
    read(api.GET("/api/tickets/facets", {params: {query: {seller: "me"}}})),
  ]);
  return {tickets: page.data ?? [], next: nextCursor(page.response), proceeds};
}
