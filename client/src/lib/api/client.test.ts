import {describe, expect, test, vi} from "vitest";
import {createApi, nextCursor, read} from "./client";
import {ApiError, readDigest} from "./error";

function answering(response: Response | Error) {
  const fetch = vi.fn(async () => {
    if (response instanceof Error) throw response;
    return response;
  });
  return createApi({baseUrl: "http://shop", fetch});
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error("it did not fail with an ApiError");
  return error;
}

describe("a call of the API", () => {
  test("has the answer's data", async () => {
    const api = answering(Response.json({currentUser: null}));
    expect(await read(api.GET("/api/users/currentuser"))).toEqual({currentUser: null});
  });

  test("throws what a problem document says", async () => {
    const problem = {
      detail: "The ticket is reserved for you.",
      code: "reserved_by_you",
      orderId: "o1",
      requestId: "r1",
      errors: [{message: "The ticket is reserved for you."}],
    };
    const api = answering(
      Response.json(problem, {status: 409, headers: {"Content-Type": "application/problem+json"}}),
    );
    const error = await failure(api.POST("/api/orders", {body: {ticketId: "t1"}}));
    expect(error).toMatchObject({status: 409, code: "reserved_by_you", orderId: "o1", requestId: "r1"});
    expect(error.away).toBe(false);
    expect(readDigest(error.digest)).toEqual({status: 409, requestId: "r1"});
  });

  test("throws when something else than a problem comes, and says when to try again", async () => {
    const api = answering(new Response("<h1>Bad gateway</h1>", {status: 502, headers: {"Retry-After": "3"}}));
    const error = await failure(api.GET("/api/users/currentuser"));
    expect(error).toMatchObject({status: 502, retryAfter: 3, errors: []});
    expect(error.away).toBe(true);
  });

  test("throws when there is no answer", async () => {
    const error = await failure(answering(new TypeError("fetch failed")).GET("/api/users/currentuser"));
    expect(error).toMatchObject({status: 0, code: "unreachable"});
    expect(error.away).toBe(true);
  });
});

describe("nextCursor", () => {
  test("reads the cursor of the next page", () => {
    const headers = {Link: '</api/tickets?q=a&cursor=x%2By>; rel="next"'};
    expect(nextCursor(new Response(null, {headers}))).toBe("x+y");
  });

  test("is nothing on the last page", () => {
    expect(nextCursor(new Response())).toBeUndefined();
    expect(nextCursor(new Response(null, {headers: {Link: '</x?cursor=1>; rel="prev"'}}))).toBeUndefined();
  });
});
