import "server-only";
import {cookies} from "next/headers";
import {cache} from "react";
import {createApi} from "./client";

/** Where the server side reaches the ingress. */
export function apiOrigin(): string {
  return process.env.API_ORIGIN ?? "http://127.0.0.1:8080";
}

/**
 * The API, called on behalf of the visitor: with their session, and nothing else of
 * theirs. One for each request.
 */
export const serverApi = cache(async () => {
  const session = (await cookies()).get("session");
  return createApi({
    baseUrl: apiOrigin(),
    fetch: (request) => fetch(request, {cache: "no-store", signal: AbortSignal.timeout(10_000)}),
    headers: session ? {Cookie: `session=${session.value}`} : {},
  });
});
