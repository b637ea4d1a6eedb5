#!/usr/bin/env node
// `npm run bench:cuda`: the CPU and the CUDA device side by side, as a table for docs/cuda.md. Fails without a device.
import { cpus } from 'node:os';
import { repositoryRoot, run, runMain, StepError, say } from './steps.mjs';

/** @type {[title: string, options: string][]} */
const cases = [
  ['NAS-Bench-201 supernet, NTK `sample`, batch 32', '--metric ntk --mode sample --batch 32'],
  ['NAS-Bench-201 supernet, NTK `batch`, batch 72', '--metric ntk --mode batch --batch 72'],
  ['NAS-Bench-201 supernet, regions, 3 x 1,000', '--metric regions'],
  ['DARTS supernet, NTK `sample`, batch 14', '--metric ntk --space darts --mode sample --batch 14'],
  ['DARTS supernet, NTK `batch`, batch 14', '--metric ntk --space darts --mode batch --batch 14'],
  ['DARTS supernet, regions, 3 x 1,000', '--metric regions --space darts'],
];

/** @param {string[]} args */
async function tenas(args) {
  const { code, stdout } = await run('npx', ['--no-install', 'tenas', ...args, '--json'], {
    cwd: repositoryRoot,
    capture: true,
  });
  if (code !== 0) throw new StepError(`tenas ${args.join(' ')} failed`, code);
  return JSON.parse(stdout);
}

await runMain(async () => {
  const { engine } = await tenas(['info']);
  if (!engine.cuda.available) throw new StepError(`no CUDA device to measure: ${engine.cuda.reason}`, 3);
  const rows = [];
  for (const [title, options] of cases) {
    say(title);
    const args = ['bench', ...options.split(' ')];
    const milliseconds = [];
    for (const device of ['cpu', 'cuda']) {
      const { results } = await tenas([...args, '--device', device]);
      milliseconds.push(results.at(-1).millisecondsPerEvaluation.median);
    }
    const [cpu, cuda] = milliseconds;
    rows.push(`| ${title} | ${cpu.toPrecision(3)} | ${cuda.toPrecision(3)} | ${(cpu / cuda).toFixed(1)} |`);
  }
  const processor = cpus()[0]?.model ?? 'unknown processor';
  process.stdout.write(
    [
      `${engine.cuda.device}; ${processor}, ${engine.hardwareThreads} threads, ${engine.isa}; ${new Date().toISOString().slice(0, 10)}`,
      '',
      '| evaluation | ms, CPU | ms, CUDA | x |',
      '|---|---|---|---|',
      ...rows,
      '',
    ].join('\n'),
  );
  return 0;
});
