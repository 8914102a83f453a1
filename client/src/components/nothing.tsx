import type {ReactNode} from "react";
import classes from "./nothing.module.css";
import {Actions} from "./page";

type Props = {title: string; hint: string; children?: ReactNode};

/** A list without anything in it: why, and where to go on. */
export function Nothing({title, hint, children}: Props) {
  return (
    <div role="status" className={classes.nothing}>
      <h2>{title}</h2>
      <p>{hint}</p>
      <Actions>{children}</Actions>
    </div>
  );
}
