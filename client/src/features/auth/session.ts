import "server-only";
import {headers} from "next/headers";
import {redirect} from "next/navigation";
import {cache} from "react";
import {read, type User} from "@/lib/api";
import {serverApi} from "@/lib/api/server";
import {signInPath} from "@/lib/paths";

/** Who looks at the page. Throws when that can't be told. */
const visitor = cache(async (): Promise<User | null> => {
  const api = await serverApi();
  return (await read(api.GET("/api/users/currentuser"))).currentUser;
});

/** Who looks at the page, for pages that anybody may see: nobody, when that can't be told. */
export async function currentUser(): Promise<User | null> {
  return visitor().catch(() => null);
}

/** Who looks at a page that is theirs alone. Others are sent to sign in, and back to path. */
export async function requireUser(path: string): Promise<User> {
  return (await visitor()) ?? redirect(signInPath(path));
}

/**
 * requireUser for a page with a form. When it is the answer to the form, sent without
 * JavaScript, it stays, whoever is signed in: what was typed must not be lost.
 */
export async function requireUserOrAnswer(path: string): Promise<User | null> {
  const answer = (await headers()).get("Content-Type")?.startsWith("multipart/form-data");
  return answer ? visitor() : requireUser(path);
}
