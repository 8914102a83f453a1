import {AsyncLocalStorage} from "node:async_hooks";
import http, {type IncomingMessage, type ServerResponse} from "node:http";

type Answer = {status?: number; retryAfter?: number};

// One for the whole process: Next.js loads this file more than once.
const key = Symbol.for("ticketx.answers");
const answers: AsyncLocalStorage<Answer> = ((globalThis as Record<symbol, unknown>)[key] ??=
  new AsyncLocalStorage<Answer>()) as AsyncLocalStorage<Answer>;

/**
 * Has the page that is being rendered answer with this status, which Next.js leaves to
 * pages for 404 alone: a page that says that something is away must not look like a
 * success to caches, crawlers and whoever watches the shop.
 */
export function answerWith(status: number, retryAfter?: number): void {
  const answer = answers.getStore();
  if (answer) Object.assign(answer, {status, retryAfter});
}

/** Makes answerWith work for every server of this process. Called once, when it starts. */
export function watchAnswers(): void {
  const emit = http.Server.prototype.emit as (this: http.Server, event: string, ...args: unknown[]) => boolean;
  http.Server.prototype.emit = function (this: http.Server, event: string, ...args: unknown[]) {
    // What Next.js asks for by itself, going from page to page, it would load whole again.
    if (event !== "request" || (args[0] as IncomingMessage).headers.rsc) return emit.call(this, event, ...args);
    const answer: Answer = {};
    const response = args[1] as ServerResponse;
    const writeHead = response.writeHead as (status: number, ...rest: unknown[]) => ServerResponse;
    response.writeHead = (status: number, ...rest: unknown[]) => {
      if (status !== 200 || answer.status === undefined) return writeHead.call(response, status, ...rest);
      if (answer.retryAfter !== undefined) response.setHeader("Retry-After", answer.retryAfter);
      return writeHead.call(response, answer.status, ...rest);
    };
    return answers.run(answer, () => emit.call(this, event, ...args));
  };
}
