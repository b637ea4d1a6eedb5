#!/usr/bin/env node
// `npm run demo [-- --data DIR --dataset NAME --seed N]`: from a clone to a checked ONNX file and a page that tells
// what the search decided, and a word on each step.
import { existsSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { setup } from './setup.mjs';
import { elapsed, repositoryRoot, run, runMain, StepError, say } from './steps.mjs';

function readOptions() {
  try {
    return parseArgs({
      options: {
        data: { type: 'string' },
        dataset: { type: 'string' },
        space: { type: 'string', default: 'nas-bench-201' },
        seed: { type: 'string', default: '0' },
        threads: { type: 'string' },
      },
    }).values;
  } catch (error) {
    const known = '--data DIR, --dataset NAME, --space NAME, --seed N, --threads N';
    throw new StepError(`${error instanceof Error ? error.message : error} (known: ${known})`, 2);
  }
}

/** The first of tenas-out/demo-1, demo-2, ... that is not there yet. */
function freshFolder() {
  for (let number = 1; ; number++) {
    const folder = join(repositoryRoot, 'tenas-out', `demo-${number}`);
    if (!existsSync(folder)) return folder;
  }
}

/**
 * Runs the command with --json, its progress on the terminal.
 * @param {readonly string[]} args
 * @returns {Promise<any>} the document it printed
 */
async function tenas(args) {
  say(`    $ npx tenas ${args.map((arg) => (/[^\w./:=-]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`);
  const command = join(repositoryRoot, 'packages/cli/bin/tenas.js');
  const result = await run(process.execPath, [command, ...args, '--json'], { capture: true });
  if (result.code !== 0) throw new StepError(`tenas ended with exit code ${result.code}`, result.code);
  return JSON.parse(result.stdout);
}

await runMain(async () => {
  const start = performance.now();
  const options = readOptions();
  const folder = freshFolder();
  const record = relative(repositoryRoot, folder);

  say(
    '1/4 setup: system packages, npm packages, the command (`npm run setup` adds types, and SQLite for batches)',
  );
  await setup({ running: true });

  const dataset = options.dataset ?? (options.data === undefined ? 'synthetic' : 'cifar10');
  const images =
    options.data === undefined ? 'synthetic images (give real ones with -- --data DIR)' : options.data;
  say(`\n2/4 search: ${options.space}, fast protocol, seed ${options.seed}, on ${images}`);
  const searchStart = performance.now();
  const found = await tenas([
    'search',
    ...['--space', options.space, '--dataset', dataset, '--protocol', 'fast', '--seed', options.seed],
    ...(options.data === undefined ? [] : ['--data', options.data]),
    ...(options.threads === undefined ? [] : ['--threads', options.threads]),
    ...['--out', record],
  ]);
  const searchTime = elapsed(searchStart);

  const onnxFile = join(record, 'net.onnx');
  say('\n3/4 export: the found network at full size as ONNX, run in onnxruntime beside our own forward pass');
  const exported = await tenas(['export', '--record', found.record, '--out', onnxFile, '--check']);

  say('\n4/4 report: one page with what was found and why');
  const exportDocument = join(record, 'export.json');
  writeFileSync(join(repositoryRoot, exportDocument), `${JSON.stringify(exported, null, 2)}\n`);
  const page = join(record, 'report.html');
  await tenas(['report', found.record, exportDocument, '--out', page]);

  say(`
Done in ${elapsed(start)} (search ${searchTime}).
  found     ${found.genotype}
  scores    ${scoreLine(found)}
  network   ${(exported.params / 1e6).toFixed(3)} M parameters, ${(exported.flops / 1e6).toFixed(1)} M multiply-adds
  check     onnxruntime and our forward pass agree to ${exported.check.relative.toExponential(1)} of the largest logit
  record    ${found.record}
  ONNX      ${onnxFile}
  report    ${page} (open it in a browser)`);
  return 0;
});

/** @param {any} found the search's document */
function scoreLine(found) {
  const counted = Object.entries(found.evaluations).map(
    ([metric, count]) => `${count} evaluations of ${metric}`,
  );
  const [kappa, count] = [found.scores?.ntk?.value, found.scores?.regions?.value];
  const scored =
    kappa == null || count == null
      ? []
      : [`condition number ${kappa.toPrecision(4)}, ${count.toFixed(1)} linear regions`];
  return [...scored, ...counted].join('; ');
}
