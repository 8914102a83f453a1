import Link from "next/link";
import type {ReactNode} from "react";
import classes from "./slip.module.css";

type Props = {
  /** The id of its link. */
  id?: string;
  title: string;
  href: string;
  /** What it costs or earns. */
  amount: string;
  heading?: "h2" | "h3";
  /** The lines below the title. */
  children: ReactNode;
  /** How it stands, and what can be done. */
  foot?: ReactNode;
};

/** One thing of a list that somebody owns: an order, a listing. */
export function Slip({id, title, href, amount, heading: Heading = "h2", children, foot}: Props) {
  return (
    <div className={classes.slip}>
      <div className={classes.what}>
        <Heading>
          <Link id={id} href={href} prefetch={false}>
            {title}
          </Link>
        </Heading>
        {children}
      </div>
      <p className={classes.amount}>{amount}</p>
      {foot && <div className={classes.foot}>{foot}</div>}
    </div>
  );
}

/** How it stands with it, in a word. */
export function Badge({tone, children}: {tone: Tone; children: ReactNode}) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  );
}

/** The colours of a state: src/components/tokens.css. */
export type Tone = "good" | "wait" | "bad" | "quiet";

/** What can be done with it, in a row. */
export function SlipLinks({children}: {children: ReactNode}) {
  return <span className={classes.links}>{children}</span>;
}

export function SlipList({children}: {children: ReactNode}) {
  return <ul className={classes.list}>{children}</ul>;
}
