"use client";

import Link from "next/link";
import {usePathname, useSearchParams} from "next/navigation";
import type {ComponentProps} from "react";
import {signInPath} from "@/lib/paths";

/** Leads to sign in, and back to this page. */
export function SignInLink(props: Omit<ComponentProps<typeof Link>, "href">) {
  const path = usePathname();
  const query = useSearchParams().toString();
  // From the forms themselves one goes on to where they would have led.
  const entering = path === "/signin" || path === "/signup";
  const to = entering ? (new URLSearchParams(query).get("to") ?? "/") : path + (query && `?${query}`);
  return <Link {...props} href={signInPath(to)} prefetch={false} />;
}
