import type {ReactNode} from "react";
import classes from "./page.module.css";

type Props = {title?: string; lead?: ReactNode; narrow?: boolean; children?: ReactNode};

/** The frame of a page, and its one heading. */
export function Page({title, lead, narrow, children}: Props) {
  return (
    <div className={narrow ? `${classes.page} ${classes.narrow}` : classes.page}>
      {title && <h1>{title}</h1>}
      {lead && <p className={classes.lead}>{lead}</p>}
      {children}
    </div>
  );
}

/** What is said above a page, whatever the page shows, within the same frame. */
export function Notice({narrow, children}: Pick<Props, "narrow" | "children">) {
  return <div className={narrow ? `${classes.notice} ${classes.narrow}` : classes.notice}>{children}</div>;
}

/** What can be done next, side by side. */
export function Actions({children}: {children: ReactNode}) {
  return <div className={classes.actions}>{children}</div>;
}
