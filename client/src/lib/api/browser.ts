import {createApi} from "./client";

/**
 * The API, called by the page itself. A session whose token has run out is renewed
 * once, and the call made again: only the browser holds what renews it.
 */
export const api = createApi({baseUrl: "", fetch: renewing});

async function renewing(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await fetch(request);
  if (response.status !== 401 || !(await renew())) return response;
  return fetch(again);
}

let renewal: Promise<boolean> | undefined;

/** Renews the session; those who ask meanwhile wait for the same answer. */
export function renew(): Promise<boolean> {
  renewal ??= fetch("/api/users/refresh", {method: "POST"})
    .then((response) => response.ok)
    .catch(() => false)
    .finally(() => {
      renewal = undefined;
    });
  return renewal;
}
