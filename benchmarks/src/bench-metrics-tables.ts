import { readFileSync } from 'node:fs';
import { SPEED_FILE, speedPath } from './metric-speed-file.js';
import { speedTables } from './metric-speed-tables.js';

// Prints the tables of the docs from the figures that `npm run bench:metrics` wrote.
console.log(speedTables(readFileSync(speedPath, 'utf8'), SPEED_FILE));
