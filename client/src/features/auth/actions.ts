"use server";

import {cookies} from "next/headers";
import {redirect} from "next/navigation";
import {getTranslations} from "next-intl/server";
import {ApiError} from "@/lib/api";
import {apiOrigin} from "@/lib/api/server";
import {createApi} from "@/lib/api/client";
import {localPath} from "@/lib/paths";
import {parseSetCookie, rememberCookie, rememberFor} from "@/lib/session-cookies";

/** What a form for credentials shows after a try that failed. */
export type CredentialsState = {
  email: string;
  errors: {email?: string; password?: string; form?: string};
};

export async function signIn(_: CredentialsState, form: FormData): Promise<CredentialsState> {
  return enter("/api/users/signin", form);
}

export async function signUp(_: CredentialsState, form: FormData): Promise<CredentialsState> {
  return enter("/api/users/signup", form);
}

async function enter(
  path: "/api/users/signin" | "/api/users/signup",
  form: FormData,
): Promise<CredentialsState> {
  const signingUp = path === "/api/users/signup";
  const email = String(form.get("email") ?? "").trim();
  const password = String(form.get("password") ?? "");
  const t = await getTranslations("auth");

  const errors: CredentialsState["errors"] = {};
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) errors.email = t("emailInvalid");
  const length = [...password.normalize("NFC")].length;
  // Somebody who signs in may have a password from before a rule changed.
  if (length < (signingUp ? 8 : 1) || length > 128) {
    errors.password = signingUp ? t("passwordLength") : t("passwordMissing");
  }
  if (errors.email ?? errors.password) return {email, errors};

  try {
    const {response} = await createApi({baseUrl: apiOrigin()}).POST(path, {body: {email, password}});
    await keep(response.headers.getSetCookie());
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.status === 409) return {email, errors: {email: t("emailTaken")}};
    if (error.status !== 400) return {email, errors: {form: t("away")}};
    for (const {field, message} of error.errors) {
      if (field === "email") errors.email = t("emailInvalid");
      else if (field === "password") errors.password = t(signingUp ? "passwordLength" : "passwordMissing");
      else errors.form ??= signingUp ? message : t("wrong");
    }
    return {email, errors};
  }
  redirect(localPath(String(form.get("to") ?? "")));
}

/** Hands the service's cookies on to the browser. */
async function keep(headers: string[]): Promise<void> {
  const jar = await cookies();
  for (const header of headers) {
    const {name, value, ...attributes} = parseSetCookie(header);
    jar.set(name, value, {...attributes, httpOnly: true, sameSite: "lax"});
    if (name === "session") {
      jar.set(rememberCookie, "1", {path: "/", maxAge: rememberFor, httpOnly: true, sameSite: "lax"});
    }
  }
}
