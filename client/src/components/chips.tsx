import Link from "next/link";
import type {ReactNode} from "react";
import classes from "./chips.module.css";

type Chip = {href: string; chosen: boolean; label: ReactNode};

/** Which part of a list is shown, and links to the others. */
export function Chips({label, chips}: {label: string; chips: Chip[]}) {
  return (
    <nav aria-label={label}>
      <ul className={classes.chips}>
        {chips.map(({href, chosen, label}) => (
          <li key={href}>
            <Link href={href} prefetch={false} scroll={false} aria-current={chosen ? "true" : undefined}>
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
