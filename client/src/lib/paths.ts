/**
 * A path of this shop, or the fallback for anything else: what comes from outside
 * must never lead a person to another site after they have signed in.
 */
export function localPath(value: string | null | undefined, fallback = "/"): string {
  if (!value?.startsWith("/") || /^\/[/\\]|[\\\u0000-\u001f]/.test(value)) return fallback;
  const url = new URL(value, "http://shop");
  // Once more, because dot segments are gone only now: "/.//elsewhere" has become "//elsewhere".
  if (url.host !== "shop" || url.pathname.startsWith("//") || url.pathname.startsWith("/api/")) return fallback;
  return url.pathname + url.search + url.hash;
}

/** The way to sign in and back. */
export function signInPath(to: string, why?: "ended"): string {
  const query = new URLSearchParams({to});
  if (why) query.set("why", why);
  return `/signin?${query}`;
}
