import Link from "next/link";
import type {ReactNode} from "react";
import {buttonLook, type ButtonLook} from "./button-look";

type Props = ButtonLook & {
  href: string;
  /** What it is called where several stand below each other; begins with what it says. */
  name?: string;
  children: ReactNode;
};

/** A link that looks like a button. */
export function LinkButton({href, name, children, ...look}: Props) {
  return (
    <Link href={href} prefetch={false} aria-label={name} {...buttonLook(look)}>
      {children}
    </Link>
  );
}
