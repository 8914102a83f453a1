/**
 * A key for one intention of the visitor, to be kept as long as the same thing is
 * tried again. Browsers have randomUUID on secure pages only, which a phone that
 * looks at a laptop's shop does not see.
 */
export function newIdempotencyKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * The key of what a form sends, made of the form's own key: the same body has the same
 * one, however often it is sent, and with or without JavaScript; what is sent after a
 * correction has another, because a key is for one body. None for a form without a key.
 */
export function formIdempotencyKey(form: string | undefined, body: unknown): string | undefined {
  return form ? `${form}-${digest(JSON.stringify(body))}` : undefined;
}

/**
 * Tells the few texts that one form sends apart, with plain arithmetic: browsers digest
 * on secure pages only, too. Were two ever the same, the API would refuse the second.
 */
function digest(text: string): string {
  let [one, other] = [0x811c9dc5, 0x9e3779b9];
  for (let i = 0; i < text.length; i++) {
    one = Math.imul(one ^ text.charCodeAt(i), 0x01000193);
    other = Math.imul(other ^ text.charCodeAt(i), 0x85ebca6b);
  }
  return [one, other].map((half) => (half >>> 0).toString(16).padStart(8, "0")).join("");
}
