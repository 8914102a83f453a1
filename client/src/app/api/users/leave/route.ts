import {apiOrigin} from "@/lib/api/server";
import {rememberCookie} from "@/lib/session-cookies";

/**
 * Signs out. A form posts here, and not a script to the API, so that it works
 * without JavaScript; it lies below /api/users for the reason that ../return does.
 */
export async function POST(request: Request): Promise<Response> {
  const headers = new Headers({Location: "/", "Cache-Control": "no-store"});
  const forwarded = new Headers();
  for (const name of ["Cookie", "Sec-Fetch-Site", "Origin"]) {
    const value = request.headers.get(name);
    if (value) forwarded.set(name, value);
  }
  try {
    const answer = await fetch(`${apiOrigin()}/api/users/signout`, {
      method: "POST",
      headers: forwarded,
      cache: "no-store",
      signal: AbortSignal.timeout(5_000),
    });
    if (!answer.ok) throw new Error(`${answer.status}`);
    for (const cookie of answer.headers.getSetCookie()) headers.append("Set-Cookie", cookie);
    headers.append("Set-Cookie", `${rememberCookie}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax`);
  } catch {
    // The session goes on, and the page must not look as if it did not.
    headers.set("Location", "/account?problem=signout");
  }
  return new Response(null, {status: 303, headers});
}
