import createClient, {type Client, type ClientOptions} from "openapi-fetch";
import {ApiError, errorOf} from "./error";
import type {Paths} from "./schema";

export type Api = Client<Paths>;

/** A client whose calls throw an ApiError for every answer that is not a success. */
export function createApi(options: ClientOptions): Api {
  const api = createClient<Paths>(options);
  api.use({
    async onResponse({response}) {
      if (!response.ok) throw await errorOf(response);
      return undefined;
    },
    onError({error}) {
      if (error instanceof ApiError) return error;
      return new ApiError("There was no answer.", {status: 0, code: "unreachable"});
    },
  });
  return api;
}

/** The data of a call. A failed call has thrown before. */
export async function read<Data>(call: Promise<{data?: Data}>): Promise<Data> {
  return (await call).data as Data;
}

/** Where the Link header leads to: the cursor of the next page, if there is one. */
export function nextCursor(response: Response): string | undefined {
  for (const link of (response.headers.get("Link") ?? "").split(/,\s*(?=<)/)) {
    const [, target] = /^<([^>]*)>.*;\s*rel="?next"?/.exec(link) ?? [];
    if (target) return new URL(target, "http://shop").searchParams.get("cursor") ?? undefined;
  }
  return undefined;
}
