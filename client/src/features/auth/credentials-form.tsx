"use client";

import {Alert, Button, TextInput} from "@mantine/core";
import {useActionState, useEffect, useRef} from "react";
import type {CredentialsState} from "./actions";
import classes from "./auth.module.css";

type Props = {
  action: (before: CredentialsState, form: FormData) => Promise<CredentialsState>;
  /** Where it goes on afterwards. */
  to: string;
  fresh: boolean; // a new account, and so a new password
  labels: {email: string; password: string; rule?: string; submit: string};
};

/** E-mail and password. A plain form: it works before and without JavaScript. */
export function CredentialsForm({action, to, fresh, labels}: Props) {
  const [{email, errors}, submit, pending] = useActionState(action, {email: "", errors: {}});
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // Where it goes on: the field says what is wrong with it.
    const next = errors.form ? "[name=password]" : "[aria-invalid=true]";
    form.current?.querySelector<HTMLElement>(next)?.focus();
  }, [errors]);
  return (
    <form ref={form} action={submit} noValidate className={classes.form}>
      <input type="hidden" name="to" value={to} />
      {errors.form && (
        <Alert color="red" role="alert">
          {errors.form}
        </Alert>
      )}
      <TextInput
        key={email} // what was typed stays, also when React puts the form back
        name="email"
        type="email"
        label={labels.email}
        defaultValue={email}
        error={errors.email}
        autoComplete="username"
        inputMode="email"
        required
        size="md"
      />
      <TextInput
        name="password"
        type="password"
        label={labels.password}
        description={labels.rule}
        error={errors.password}
        autoComplete={fresh ? "new-password" : "current-password"}
        required
        size="md"
      />
      <Button type="submit" fullWidth loading={pending}>
        {labels.submit}
      </Button>
    </form>
  );
}
