"use client";

import {MutationCache, QueryCache, QueryClient, QueryClientProvider} from "@tanstack/react-query";
import {useRouter} from "next/navigation";
import {useState, type ReactNode} from "react";
import {ApiError} from "@/lib/api";
import {signInPath} from "@/lib/paths";

/** Holds what was asked of the API. An ended session leads to sign in, and back to this page. */
export function QueryProvider({children}: {children: ReactNode}) {
  const router = useRouter();
  const [client] = useState(() => {
    const onError = (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) {
        router.push(signInPath(location.pathname + location.search, "ended"));
      }
    };
    return new QueryClient({
      queryCache: new QueryCache({onError}),
      mutationCache: new MutationCache({onError}),
      defaultOptions: {
        queries: {
          // The page came from the server a moment ago.
          staleTime: 5_000,
          retry: (failures, error) => failures < 3 && error instanceof ApiError && error.away,
          retryDelay: (failures, error) =>
            error instanceof ApiError && error.retryAfter ? error.retryAfter * 1000 : 500 * 2 ** failures,
        },
        mutations: {retry: false},
      },
    });
  });
  return <QueryClientProvider client={client}>{children}</QueryClientProvider>;
}
