import { join } from 'node:path';
import { writeOutputFile } from '@tenas/base';
import { buildFolder } from './paths.js';
import { selectCases } from './run-options.js';
import { type Curve, curvesCsv, measureCurve, scalingCases } from './scaling-cases.js';
import { runProgram } from './session.js';
import { figure, textTable } from './text-table.js';
import { Seeds } from './timing.js';

await runProgram({
  kind: 'scaling',
  usage: `Measures how time grows with batch size, channels, depth, candidates and threads.

  npm run bench:scaling -- [options]

Beside the result it writes the points as CSV, under the same name where --out is given.`,
  repetitions: 5,
  names: scalingCases.map(({ name }) => name),
  async run({ options, say }) {
    const chosen = selectCases(scalingCases, options.only);
    const seeds = new Seeds(options.seed);
    const curves: Curve[] = [];
    for (const [index, scaling] of chosen.entries()) {
      say(`${index + 1}/${chosen.length} ${scaling.name}`);
      const { repetitions, threads } = options;
      const curve = await measureCurve(scaling, { seeds, repetitions, threads });
      curves.push(curve);
      console.log(
        `${scaling.title}: time ~ (${scaling.quantity}) ^ ${figure(curve.exponent)}\n${textTable([
          [scaling.quantity, 'ms', 'p10 - p90', 'GFLOP/s'],
          ...curve.rows.map(({ summary, settings }) => [
            String(settings?.value),
            figure(summary.median),
            `${figure(summary.p10)} - ${figure(summary.p90)}`,
            figure(rate(settings, summary.median, scaling.name === 'candidates')),
          ]),
        ])}\n`,
      );
    }
    const csv = options.out?.replace(/(\.json)?$/, '.csv') ?? join(buildFolder('results'), 'scaling.csv');
    await writeOutputFile(csv, curvesCsv(curves), { force: true });
    say(`written to ${csv}`);
    return curves.flatMap(({ rows }) => rows);
  },
});

function rate(
  settings: Readonly<Record<string, string | number>> | undefined,
  milliseconds: number,
  wholeRequest: boolean,
): number {
  const evaluations = wholeRequest ? Number(settings?.evaluations) : 1;
  return (2 * Number(settings?.multiplyAdds) * evaluations) / milliseconds / 1e6;
}
