import http from "node:http";
import type {AddressInfo} from "node:net";
import {afterAll, beforeAll, expect, test} from "vitest";
import {answerWith, watchAnswers} from "./answer-status";

let server: http.Server;
let origin: string;

beforeAll(async () => {
  watchAnswers();
  server = http.createServer((request, response) => {
    // As pages are rendered: some time later, and the status is not said when it is written.
    setImmediate(() => {
      if (request.url === "/away") answerWith(503, 2);
      if (request.url === "/gone") {
        answerWith(503);
        response.statusCode = 404;
      }
      setImmediate(() => response.end(request.url));
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((closed) => server.close(closed)));

test("a page says its status, and only its own", async () => {
  const [away, fine] = await Promise.all([fetch(`${origin}/away`), fetch(`${origin}/`)]);
  expect([away.status, away.headers.get("Retry-After"), await away.text()]).toEqual([503, "2", "/away"]);
  expect([fine.status, fine.headers.get("Retry-After")]).toEqual([200, null]);
});

test("what Next.js says itself stands", async () => {
  expect((await fetch(`${origin}/gone`)).status).toBe(404);
});

test("parts of a page that is open already are as they were", async () => {
  expect((await fetch(`${origin}/away`, {headers: {RSC: "1"}})).status).toBe(200);
});

test("outside of an answer it does nothing", () => {
  expect(() => answerWith(503)).not.toThrow();
});
