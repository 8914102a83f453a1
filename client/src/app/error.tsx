"use client";

import {BrokenPage} from "@/components/errors/broken-page";

/** A defect of the client's own; what the API refuses is src/components/errors/trouble.tsx. */
export default function ErrorPage(props: {error: Error & {digest?: string}; retry: () => void}) {
  return <BrokenPage {...props} />;
}
