import {readFileSync} from "node:fs";
import path from "node:path";
import {expect, test} from "vitest";
import {colours} from "./appearance";

const css = readFileSync(path.join(import.meta.dirname, "../../components/tokens.css"), "utf8");

test.each([
  ["light", /:root \{([^}]*)\}/],
  ["dark", /:root\[data-mantine-color-scheme="dark"\] \{([^}]*)\}/],
] as const)("Stripe's form has the shop's colours, %s", (scheme, block) => {
  const tokens = Object.fromEntries([...block.exec(css)![1]!.matchAll(/--(\w+): (#\w+);/g)].map(([, name, value]) => [name, value]));
  expect(tokens).toMatchObject(colours[scheme]);
});
