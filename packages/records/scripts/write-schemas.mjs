// Writes schemas/*.schema.json from the schemas of the built package. `npm run schemas --workspace @tenas/records`
import { writeFileSync } from 'node:fs';
import { jsonSchemas } from '../dist/index.js';

for (const [name, schema] of Object.entries(jsonSchemas())) {
  const path = new URL(`../schemas/${name}.schema.json`, import.meta.url);
  writeFileSync(path, `${JSON.stringify(schema, null, 2)}\n`);
}
