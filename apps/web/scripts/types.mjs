// Writes the types of the API's client from the OpenAPI document that a Rust test compares with the routes.
// With --check it writes nothing, and fails where the types are not those of the document.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const openapi = new URL("../../../shared/api/openapi.json", import.meta.url);
const target = new URL("../src/api/schema.d.ts", import.meta.url);

const document = await readFile(openapi, "utf8");
const types = `// Made from the OpenAPI document by \`npm run types\`.\n\n${astToString(await openapiTS(document))}`;

if (process.argv.includes("--check")) {
  const kept = await readFile(target, "utf8").catch(() => "");
  if (kept !== types) {
    console.error("error: src/api/schema.d.ts is not what the OpenAPI document says");
    console.error("hint: run `npm run types` in apps/web and commit what changed");
    process.exit(1);
  }
} else {
  await writeFile(target, types);
}
