"use client";

import {useRouter, useSearchParams} from "next/navigation";
import {useTransition, type ReactNode} from "react";
import {buttonLook} from "@/components/button-look";

/** Shows the page anew. Without JavaScript the form asks for it again, with its query. */
export function Retry({children}: {children: ReactNode}) {
  const router = useRouter();
  const query = useSearchParams();
  const [pending, start] = useTransition();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start(() => router.refresh());
      }}
    >
      {[...query].map(([name, value], at) => (
        <input key={at} type="hidden" name={name} value={value} />
      ))}
      <button type="submit" disabled={pending} {...buttonLook()}>
        {children}
      </button>
    </form>
  );
}
