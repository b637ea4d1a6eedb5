// Writes schemas/space.schema.json from the schema of the built package. `npm run schemas --workspace @tenas/spaces`
import { mkdirSync, writeFileSync } from 'node:fs';
import { spaceFileJsonSchema } from '../dist/file/index.js';

const folder = new URL('../schemas/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('space.schema.json', folder), `${JSON.stringify(spaceFileJsonSchema(), null, 2)}\n`);
