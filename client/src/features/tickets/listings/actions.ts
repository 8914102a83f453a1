"use server";

import {redirect} from "next/navigation";
import {ApiError} from "@/lib/api";
import {serverApi} from "@/lib/api/server";
import {signInPath} from "@/lib/paths";

/** Takes a ticket off sale, for those without JavaScript. */
export async function withdrawTicket(form: FormData): Promise<void> {
  const id = String(form.get("ticket") ?? "");
  let to = "/listings";
  try {
    const api = await serverApi();
    await api.DELETE("/api/tickets/{id}", {params: {path: {id}}});
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    to = error.status === 401 ? signInPath("/listings", "ended") : "/listings?problem=withdraw";
  }
  redirect(to);
}
