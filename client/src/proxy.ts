import {NextResponse, type NextRequest} from "next/server";
import {contentSecurityPolicy} from "@/lib/csp";
import {rememberCookie, unrenewedCookie} from "@/lib/session-cookies";

/**
 * Runs before every page: gives it a content security policy with a nonce of its
 * own, and renews a session whose token has run out before the page is rendered, so
 * that nobody who is signed in ever sees a page as if they were not.
 *
 * What renews a session is a cookie that the browser sends to /api/users alone, so
 * the browser is sent there and back (src/app/api/users/return).
 */
export function proxy(request: NextRequest): NextResponse {
  const {cookies, nextUrl} = request;
  const due = cookies.has(rememberCookie) && !cookies.has("session") && !cookies.has(unrenewedCookie);
  if (due) {
    const target = new URL("/api/users/return", nextUrl);
    target.searchParams.set("to", nextUrl.pathname + nextUrl.search);
    return NextResponse.redirect(target, 307);
  }

  const nonce = btoa(crypto.randomUUID());
  const policy = contentSecurityPolicy(nonce, {
    stripe: Boolean(process.env.STRIPE_PUBLISHABLE_KEY),
    development: process.env.NODE_ENV === "development",
  });
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("Content-Security-Policy", policy); // Next.js takes the nonce for its scripts from here
  const response = NextResponse.next({request: {headers}});
  response.headers.set("Content-Security-Policy", policy);
  return response;
}

export const config = {
  matcher: ["/((?!_next/static|_next/image|api/|sw\\.js|icon|favicon|manifest).*)"],
};
