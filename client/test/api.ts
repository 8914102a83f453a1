import {vi} from "vitest";

export type Call = {method: string; path: string; body: unknown; headers: Headers};

type Answer = () => Response | Promise<Response>;

/**
 * Answers what the page asks of the API, by method and path, and returns the calls. A
 * list of answers is used one by one. What nobody answers is a connection that is lost.
 */
export function anApi(answers: Record<string, Answer | Answer[]>): Call[] {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const request = input instanceof Request ? input : new Request(input, init);
    const path = new URL(request.url).pathname;
    const text = await request.text();
    calls.push({method: request.method, path, body: text ? JSON.parse(text) : undefined, headers: request.headers});
    const known = answers[`${request.method} ${path}`];
    const answer = Array.isArray(known) ? known.shift() : known;
    if (!answer) throw new TypeError("fetch failed");
    return answer();
  });
  return calls;
}

/** A problem document. */
export function problem(status: number, more: Record<string, unknown> = {}): () => Response {
  return () =>
    Response.json(
      {type: "about:blank", title: "No", status, detail: "No.", errors: [{message: "No."}], ...more},
      {status, headers: {"Content-Type": "application/problem+json"}},
    );
}

export const json = (body: unknown, status = 200) => () => Response.json(body, {status});
