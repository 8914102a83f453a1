"use client";

import {Alert, Button, type ButtonProps} from "@mantine/core";
import {useEffect, useId, useRef, type ReactNode} from "react";
import {useFocusAfter} from "@/lib/use-focus-after";
import classes from "./confirm.module.css";

type Props = {
  /** What the button says that asks. */
  label: string;
  /** What it is called where several stand side by side; begins with the label. */
  name?: string;
  size?: ButtonProps["size"];
  title: string;
  text: string;
  yes: string;
  no: string;
  /** What is done without JavaScript. */
  action: (form: FormData) => Promise<void>;
  /** What is done with it. Resolves to whether it is done. */
  onConfirm: () => Promise<boolean>;
  onOpen?: () => void;
  onClose?: () => void;
  pending: boolean;
  error?: ReactNode;
  /** Why there is nothing to be asked any more: what it is about has changed meanwhile. */
  moot?: string;
  /** What closes it then. */
  close?: string;
  /** What action needs to know. */
  values: Record<string, string>;
  /** The id of what has the focus next when the button is gone afterwards: else it is the page's heading. */
  next?: string;
};

/**
 * A button that asks before it does something that can't be undone. The browser
 * itself opens and closes what asks, so it works without JavaScript too.
 */
export function Confirm({label, name, size, title, text, yes, no, moot, close, next, ...props}: Props) {
  const {action, values, onConfirm, onOpen, onClose, pending, error} = props;
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const busy = useRef(false); // pending comes a moment later
  const stay = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (moot) stay.current?.focus(); // the other button, which may have had the focus, is gone
  }, [moot]);
  useFocusAfter([button, box], next);
  return (
    <>
      <Button ref={button} type="button" variant="default" size={size} popoverTarget={id} aria-label={name}>
        {label}
      </Button>
      <div
        ref={box}
        id={id}
        popover="auto"
        role="dialog"
        tabIndex={-1}
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-text`}
        className={classes.box}
        onToggle={(event) => {
          if (event.newState === "closed") onClose?.();
          else {
            onOpen?.();
            stay.current?.focus();
          }
        }}
      >
        <h2 id={`${id}-title`}>{title}</h2>
        <p id={`${id}-text`} role="status">
          {moot ?? text}
        </p>
        {error && !moot && (
          <Alert color="red" role="alert">
            {error}
          </Alert>
        )}
        <form
          action={action}
          onSubmit={(event) => {
            event.preventDefault();
            if (busy.current || moot) return;
            busy.current = true;
            box.current?.focus(); // the button that has it rests now
            void onConfirm().then((done) => {
              busy.current = false;
              if (done) box.current?.hidePopover?.(); // gone with what was asked about, perhaps
            });
          }}
        >
          {Object.entries(values).map(([field, value]) => (
            <input key={field} type="hidden" name={field} value={value} />
          ))}
          <Button ref={stay} type="button" variant="default" popoverTarget={id} popoverTargetAction="hide">
            {moot ? close : no}
          </Button>
          {!moot && (
            <Button type="submit" loading={pending}>
              {yes}
            </Button>
          )}
        </form>
      </div>
    </>
  );
}
