"use client";

import {Button, type ButtonProps} from "@mantine/core";
import Link from "next/link";

type Props = ButtonProps & {href: string; children: React.ReactNode};

/** A link that looks like a button. */
export function LinkButton({href, ...props}: Props) {
  return <Button component={Link} href={href} prefetch={false} {...props} />;
}
