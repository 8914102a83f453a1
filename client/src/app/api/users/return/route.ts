import {apiOrigin} from "@/lib/api/server";
import {localPath} from "@/lib/paths";
import {rememberCookie, rememberFor, unrenewedCookie} from "@/lib/session-cookies";

/**
 * Renews the visitor's session and sends them back to where they were going, with what
 * they were sending (RFC 9110, 15.4.8). It lies below /api/users, because that is where
 * the browser sends the cookie that renews.
 */
async function renew(request: Request): Promise<Response> {
  const headers = new Headers({
    Location: localPath(new URL(request.url).searchParams.get("to")),
    "Cache-Control": "no-store",
  });
  try {
    const answer = await fetch(`${apiOrigin()}/api/users/currentuser`, {
      headers: {Cookie: request.headers.get("Cookie") ?? ""},
      cache: "no-store",
      signal: AbortSignal.timeout(5_000),
    });
    if (!answer.ok) throw new Error(`${answer.status}`);
    const {currentUser} = (await answer.json()) as {currentUser: unknown};
    for (const cookie of answer.headers.getSetCookie()) headers.append("Set-Cookie", cookie);
    headers.append("Set-Cookie", mark(rememberCookie, currentUser ? rememberFor : 0));
  } catch {
    headers.append("Set-Cookie", mark(unrenewedCookie, 5));
  }
  return new Response(null, {status: 307, headers});
}

export {renew as GET, renew as POST};

function mark(name: string, seconds: number): string {
  return `${name}=1; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax`;
}
