import "server-only";
import {ApiError, read} from "@/lib/api";
import {serverApi} from "@/lib/api/server";

/** What new tickets are priced in here, which the shop tells its sellers alone. */
export async function loadCurrency(): Promise<string | undefined> {
  const api = await serverApi();
  try {
    const {proceeds} = await read(api.GET("/api/tickets/facets", {params: {query: {seller: "me"}}}));
    return proceeds?.currency;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return undefined;
    throw error;
  }
}

/** The time zones in which an event can be. */
export const zones = Intl.supportedValuesOf("timeZone").filter((zone) => zone.includes("/"));
