// Completes the standalone build, which has everything but what browsers load:
// https://nextjs.org/docs/app/api-reference/config/next-config-js/output
import fs from "node:fs/promises";

await fs.cp(".next/static", ".next/standalone/.next/static", {recursive: true});
await fs.cp("public", ".next/standalone/public", {recursive: true});
