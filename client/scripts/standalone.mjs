// Completes the standalone build, which has everything but what browsers load:
// https://nextjs.org/docs/app/api-reference/config/next-config-js/output
import fs from "node:fs/promises";
import path from "node:path";

const built = ".next/standalone/.next";
await fs.cp(".next/static", `${built}/static`, {recursive: true});
await fs.cp("public", ".next/standalone/public", {recursive: true});

// V8 compiles a function when it is first called, and the page waits for it. Of React
// and the router most are called while a page loads: with this first line they are
// compiled beside it, while the script is still on its way. Other browsers see a comment.
// https://v8.dev/blog/explicit-compile-hints
const {rootMainFiles} = JSON.parse(await fs.readFile(".next/build-manifest.json", "utf8"));
for (const name of rootMainFiles) {
  const file = path.join(built, name);
  await fs.writeFile(file, `//# allFunctionsCalledOnLoad\n${await fs.readFile(file, "utf8")}`);
}
