// Writes dist/tenas.1 from the help of the built command. `npm run build --workspace tenas`
import { mkdirSync, writeFileSync } from 'node:fs';
import { tenasManPage } from '@tenas/cli';

const folder = new URL('../dist/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('tenas.1', folder), await tenasManPage());
