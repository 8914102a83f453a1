"use client";

import {Button} from "@mantine/core";
import {useRouter} from "next/navigation";
import {useTransition, type ReactNode} from "react";

/** Shows the page anew. Without JavaScript the form asks for it again. */
export function Retry({children}: {children: ReactNode}) {
  const router = useRouter();
  const [pending, start] = useTransition();
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        start(() => router.refresh());
      }}
    >
      <Button type="submit" loading={pending}>
        {children}
      </Button>
    </form>
  );
}
