"use client";

import {MantineProvider} from "@mantine/core";
import type {ReactNode} from "react";
import type {Look} from "@/lib/look";
import {theme} from "./theme";

/** Mantine would show the device's look first, whatever is chosen: Scheme says which it is. */
const noElement = () => undefined;

/** What Mantine's components need around them. */
export function Mantine({look, children}: {look: Look; children: ReactNode}) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      forceColorScheme={look === "auto" ? undefined : look}
      getRootElement={noElement}
    >
      {children}
    </MantineProvider>
  );
}
