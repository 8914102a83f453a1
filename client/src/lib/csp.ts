type Options = {stripe: boolean; development: boolean};

/**
 * What a page may load and talk to: this origin, and Stripe where it is paid with
 * (https://docs.stripe.com/security/guide#content-security-policy). Scripts need the
 * page's nonce. Styles may be inline: components set sizes and colours that way.
 */
export function contentSecurityPolicy(nonce: string, {stripe, development}: Options): string {
  const policy: Record<string, (string | false)[]> = {
    "default-src": ["'self'"],
    // Development replaces modules while the page is open, with eval.
    "script-src": ["'self'", `'nonce-${nonce}'`, "'strict-dynamic'", development && "'unsafe-eval'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", stripe && "https://*.stripe.com"],
    "connect-src": ["'self'", development && "ws:", stripe && "https://api.stripe.com"],
    "frame-src": stripe
      ? ["https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"]
      : ["'none'"],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
  };
  return Object.entries(policy)
    .map(([directive, sources]) => `${directive} ${sources.filter(Boolean).join(" ")}`)
    .join("; ");
}
