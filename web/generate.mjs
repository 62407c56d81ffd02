// Writes the types of the hub's answers and of the pages' operations from the checked-in schema,
// so that the compiler finds an operation that the schema no longer has.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { codegen } from "@graphql-codegen/core";
import * as documents from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const here = (path) => new URL(path, import.meta.url);

/** The pages' operations, and the files that their types go to. */
const PAGES = [
  ["src/station/hub/operations.graphql", "src/generated/hub.ts"],
  ["src/desk/hub/operations.graphql", "src/generated/desk.ts"],
  ["src/explorer/operations.graphql", "src/generated/explorer.ts"],
];

const schema = parse(await readFile(here("../graphql/schema.graphql"), "utf8"));
await mkdir(here("src/generated"), { recursive: true });
for (const [operationsFile, filename] of PAGES) {
  const document = parse(await readFile(here(operationsFile), "utf8"));
  const written = await codegen({
    schema,
    documents: [{ location: operationsFile, document }],
    filename,
    config: {
      scalars: { Date: "string", DateTime: "string", UUID: "string", JSON: "unknown", Upload: "never" },
      strictScalars: true,
      enumsAsTypes: true,
      enumType: "string-literal",
      useTypeImports: true,
      skipTypename: true,
      avoidOptionals: false,
    },
    plugins: [{ operations: {} }, { documents: {} }],
    pluginMap: { operations, documents },
  });
  await writeFile(here(filename), written);
}
