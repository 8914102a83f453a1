"use client";

import {MantineProvider} from "@mantine/core";
import type {ReactNode} from "react";
import type {Look} from "@/lib/look";
import {theme} from "./theme";

/** What Mantine's components need around them. */
export function Mantine({look, children}: {look: Look; children: ReactNode}) {
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      forceColorScheme={look === "auto" ? undefined : look}
    >
      {children}
    </MantineProvider>
  );
}
