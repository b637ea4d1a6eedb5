import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFlags, refuse, wholeNumber } from '../support/command-flags.js';
import { fuzz } from './fuzz.js';
import { FuzzProcess } from './fuzz-process.js';
import { fuzzNative, nativeCorpus, nativeTargets } from './native.js';

const MEBIBYTE = 2 ** 20;

const values = readFlags({
  name: 'fuzz',
  summary: 'Tries the readers of what comes from outside with damaged inputs.',
  flags: {
    target: {
      ...{ type: 'string', multiple: true, default: [], value: 'NAME' },
      help: 'a reader; a wrong name lists all; default: all',
    },
    count: { type: 'string', default: '1000', value: 'N', help: 'inputs per reader' },
    seed: { type: 'string', default: '0', value: 'N', help: 'chooses the damage' },
    first: { type: 'string', default: '0', value: 'N', help: 'number of the first input' },
    jobs: { type: 'string', default: '1', value: 'N', help: 'readers at the same time' },
  },
});
const count = wholeNumber('count', values.count, 1);
const seed = wholeNumber('seed', values.seed, 0);
const first = wholeNumber('first', values.first, 0);
const jobs = wholeNumber('jobs', values.jobs, 1);

const child = new FuzzProcess();
const known = [...(await child.targets()), ...nativeTargets];
await child.end();
const unknown = values.target.find((name) => !known.includes(name));
if (unknown !== undefined)
  refuse(`--target: no target ${JSON.stringify(unknown)}; there are ${known.join(', ')}`);

const chosen = values.target.length > 0 ? values.target : known;
const waiting = [...chosen];
let failed = 0;
let tried = 0;

async function work(): Promise<void> {
  for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
    const started = performance.now();
    const isNative = nativeTargets.includes(target);
    const found = await (isNative ? fuzzNative : fuzz)({ target, seed, first, count });
    tried += found.tried;
    const outcomes = Object.entries(found.outcomes)
      .sort(([, a], [, b]) => b - a)
      .map(([code, times]) => `${code} ${times}`)
      .join(', ');
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const memory = isNative ? '' : `, ${Math.round(found.largestBytes / MEBIBYTE)} MiB at most`;
    console.log(`${target}: ${found.tried} inputs, ${seconds} s${memory}; ${outcomes}`);
    for (const { number, input, problem } of found.failures) {
      failed++;
      const folder = isNative ? nativeCorpus(target) : join('test/fuzz/corpus', target);
      mkdirSync(folder, { recursive: true });
      const path = join(folder, createHash('sha256').update(input).digest('hex').slice(0, 12));
      if (input.length > 0) writeFileSync(path, input);
      const where = input.length > 0 ? `${input.length} bytes, in ${path}` : 'not made smaller';
      console.log(`  input ${number} (${where}): ${problem.split('\n').slice(0, 4).join('\n    ')}`);
    }
  }
}

await Promise.all(Array.from({ length: jobs }, work));
console.log(`${tried} inputs of ${chosen.length} kinds, seed ${seed}: ${failed} failures`);
process.exitCode = failed > 0 ? 1 : 0;
