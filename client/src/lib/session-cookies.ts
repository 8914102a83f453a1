/** Says that the browser holds a session, when its short-lived token has run out. Worth nothing by itself. */
export const rememberCookie = "remember";

/** Says that renewing has just failed for want of an answer, so that it isn't tried in circles. */
export const unrenewedCookie = "unrenewed";

const days = 24 * 60 * 60;

/** As long as the session itself is kept without being used. */
export const rememberFor = 30 * days;

export type ParsedCookie = {name: string; value: string; path: string; maxAge?: number; secure: boolean};

/** Reads one Set-Cookie header of the auth service, whose cookies are all HttpOnly and SameSite=Lax. */
export function parseSetCookie(header: string): ParsedCookie {
  const [pair = "", ...attributes] = header.split(/;\s*/);
  const [name, value] = cut(pair);
  const cookie: ParsedCookie = {name, value, path: "/", secure: false};
  for (const attribute of attributes) {
    const [key, word] = cut(attribute);
    if (/^path$/i.test(key)) cookie.path = word;
    if (/^max-age$/i.test(key)) cookie.maxAge = Number(word);
    if (/^secure$/i.test(key)) cookie.secure = true;
  }
  return cookie;
}

function cut(text: string): [string, string] {
  const at = text.indexOf("=");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
