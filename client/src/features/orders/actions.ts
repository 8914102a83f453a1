"use server";

import {redirect} from "next/navigation";
import {ApiError} from "@/lib/api";
import {serverApi} from "@/lib/api/server";
import {signInPath} from "@/lib/paths";

/** Gives a reservation up, for those without JavaScript. */
export async function cancelOrder(form: FormData): Promise<void> {
  const id = String(form.get("order") ?? "");
  const path = `/orders/${encodeURIComponent(id)}`;
  let to = path;
  try {
    const api = await serverApi();
    await api.DELETE("/api/orders/{id}", {params: {path: {id}}});
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    to = error.status === 401 ? signInPath(path, "ended") : `${path}?problem=cancel`;
  }
  redirect(to);
}
