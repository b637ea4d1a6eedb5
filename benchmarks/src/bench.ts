import { commandCases } from './command-cases.js';
import { kernelCases } from './kernel-cases.js';
import { metricCases } from './metric-cases.js';
import { cifarFolder } from './paths.js';
import type { Row } from './result.js';
import { selectCases } from './run-options.js';
import { runProgram } from './session.js';
import { resultTable, textTable } from './text-table.js';
import { Seeds } from './timing.js';

const cases = [...metricCases, ...commandCases, ...kernelCases];

await runProgram({
  kind: 'bench',
  usage: `Measures kernels, metrics, whole searches and start-up on this machine, beside their targets.

  npm run bench -- [options]`,
  repetitions: 9,
  names: cases.map(({ name }) => name),
  async run({ options, isa, roofline, say, warn }) {
    const chosen = selectCases(cases, options.only);
    const cifar = cifarFolder(options.data);
    if (cifar === null) warn('CIFAR-10 was not found: whole searches run on synthetic images');
    const seeds = new Seeds(options.seed);
    const { repetitions, threads } = options;
    const rows: Row[] = [];
    for (const [index, { name, run }] of chosen.entries()) {
      say(`${index + 1}/${chosen.length} ${name}`);
      rows.push(...(await run({ seeds, repetitions, threads, isa, roofline, cifar })));
    }
    if (roofline !== null) {
      console.log(
        textTable([
          ['one core', 'figure', 'unit'],
          ...roofline.peak.map(({ isa, gflops }) => [`multiply-adds, ${isa}`, gflops.toFixed(1), 'GFLOP/s']),
          ...roofline.read.map(({ level, workingSetBytes, gigabytesPerSecond }) => [
            `reading ${(workingSetBytes / 1024).toFixed(0)} KiB (${level})`,
            gigabytesPerSecond.toFixed(1),
            'GB/s',
          ]),
        ]),
      );
      console.log('');
    }
    console.log(resultTable(rows));
    for (const { title, note } of rows) if (note !== undefined) console.log(`${title}: ${note}`);
    return rows;
  },
});
