import Link from "next/link";
import type {ReactNode} from "react";
import {buttonLook, type ButtonLook} from "./button-look";

type Props = ButtonLook & {href: string; children: ReactNode};

/** A link that looks like a button. */
export function LinkButton({href, children, ...look}: Props) {
  return (
    <Link href={href} prefetch={false} {...buttonLook(look)}>
      {children}
    </Link>
  );
}
