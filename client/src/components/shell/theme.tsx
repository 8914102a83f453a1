"use client";

import {MantineProvider} from "@mantine/core";
import type {ReactNode} from "react";
import {theme} from "@/components/theme";
import type {Look} from "@/lib/look";

export function Theme({look, children}: {look: Look; children: ReactNode}) {
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
