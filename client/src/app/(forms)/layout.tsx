import "@/components/mantine/styles.css";
import type {ReactNode} from "react";
import {Mantine} from "@/components/mantine/provider";
import {chosenLook} from "@/lib/chosen-look";

/**
 * Around the pages that have forms and dialogs, which are made of Mantine's components.
 * The home page and those that tell of trouble have none, and come without them.
 */
export default async function Layout({children}: {children: ReactNode}) {
  return <Mantine look={await chosenLook()}>{children}</Mantine>;
}
