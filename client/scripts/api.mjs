// Generates the types of the API from docs/openapi.yaml, which `make openapi` makes
// of the services' descriptions. With --check it only says whether they are current.
import fs from "node:fs/promises";
import openapiTS, {astToString} from "openapi-typescript";

const target = new URL("../src/lib/api/generated.ts", import.meta.url);
const types = astToString(await openapiTS(new URL("../../docs/openapi.yaml", import.meta.url)));
const text = `// Generated from docs/openapi.yaml by \`npm run api\`.\n\n${types}`;

if (!process.argv.includes("--check")) {
  await fs.writeFile(target, text);
} else if ((await fs.readFile(target, "utf8").catch(() => "")) !== text) {
  console.error("The API's types are not those of docs/openapi.yaml: run `npm run api`.");
  process.exit(1);
}
