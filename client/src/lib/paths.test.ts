import {describe, expect, test} from "vitest";
import {localPath, signInPath} from "./paths";

describe("localPath", () => {
  test.each(["/", "/tickets/1", "/?q=a%20b&city=K%C3%B6ln", "/orders/1/pay#card"])("keeps %s", (path) => {
    expect(localPath(path)).toBe(path);
  });

  test.each([
    undefined,
    "",
    "orders",
    "//evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https://evil.example/",
    "javascript:alert(1)",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e//evil.example",
    "/orders/..//evil.example",
    "/api/users/return?to=/",
  ])("refuses %j", (path) => {
    expect(localPath(path)).toBe("/");
  });
});

test("the way to sign in knows the way back", () => {
  expect(signInPath("/sell?a=1&b=2", "ended")).toBe("/signin?to=%2Fsell%3Fa%3D1%26b%3D2&why=ended");
});
