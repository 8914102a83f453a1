import type {Ticket} from "@/lib/api";

/** The states in which one's own tickets can be looked for. */
export const states = ["available", "reserved", "sold", "past", "withdrawn"] as const satisfies Ticket["status"][];

export type State = (typeof states)[number];

/** What is shown of one's own tickets. */
export type ListingsQuery = {status?: State; cursor?: string};

/** Reads an address. What makes no sense is left out. */
export function readListings(params: Record<string, string | string[] | undefined>): ListingsQuery {
  const {status, cursor} = params;
  return {
    status: states.find((state) => state === status),
    cursor: typeof cursor === "string" && cursor ? cursor.slice(0, 512) : undefined,
  };
}

export function listingsPath({status, cursor}: ListingsQuery): string {
  const query = new URLSearchParams({...(status && {status}), ...(cursor && {cursor})}).toString();
  return query ? `/listings?${query}` : "/listings";
}
