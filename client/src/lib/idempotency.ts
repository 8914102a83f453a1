/**
 * A key for one intention of the visitor, to be kept as long as the same thing is
 * tried again. Browsers have randomUUID on secure pages only, which a phone that
 * looks at a laptop's shop does not see.
 */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
