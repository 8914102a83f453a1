import type {Problem} from "./schema";

/** One thing that is wrong with a request, and where. code and limit say it for machines. */
export type Fault = Problem["errors"][number];

type Facts = {
  status: number;
  code?: string;
  errors?: Fault[];
  orderId?: string;
  requestId?: string;
  retryAfter?: number;
};

/**
 * An answer of the API that is not the one hoped for. status is 0 when there was
 * no answer at all: what was asked for may have happened or not.
 */
export class ApiError extends Error {
  readonly status: number;
  /** The reason, for machines: reserved, sold, key_in_use … */
  readonly code: string | undefined;
  readonly errors: Fault[];
  /** The caller's own order that is in the way. */
  readonly orderId: string | undefined;
  /** Finds the request in the services' logs. */
  readonly requestId: string | undefined;
  /** In how many seconds trying again makes sense. */
  readonly retryAfter: number | undefined;
  /** What Next.js hands to an error page of an error on the server: nothing else reaches it. */
  readonly digest: string;

  constructor(message: string, facts: Facts) {
    super(message);
    this.name = "ApiError";
    this.status = facts.status;
    this.code = facts.code;
    this.errors = facts.errors ?? [];
    this.orderId = facts.orderId;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.digest = `api:${facts.status}:${facts.requestId ?? ""}`;
  }

  /** Whether trying again later may help, and nothing is wrong with the request. */
  get away(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

/** Reads a problem document, or whatever came instead of one. */
export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const problem = isRecord(body) ? body : {};
  const retryAfter = Number(response.headers.get("Retry-After"));
  return new ApiError(text(problem.detail) ?? response.statusText, {
    status: response.status,
    code: text(problem.code),
    errors: Array.isArray(problem.errors) ? problem.errors.filter(isFault) : [],
    orderId: text(problem.orderId),
    requestId: text(problem.requestId),
    retryAfter: retryAfter > 0 ? retryAfter : undefined,
  });
}

/** What the digest of an error says, on an error page. */
export function readDigest(digest: string | undefined): {status?: number; requestId?: string} {
  const [, status, requestId] = /^api:(\d+):(.*)$/.exec(digest ?? "") ?? [];
  return {status: status ? Number(status) : undefined, requestId: requestId || undefined};
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isFault(value: unknown): value is Fault {
  return isRecord(value) && typeof value.message === "string";
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
