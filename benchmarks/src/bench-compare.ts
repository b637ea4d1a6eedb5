import { parseArgs } from 'node:util';
import { compareResults, comparisonWarnings } from './compare.js';
import { readResult } from './result.js';
import { figure, textTable } from './text-table.js';

const usage = `Compares two results of npm run bench, bench:peer or bench:scaling.

  npm run bench:compare -- BEFORE.json AFTER.json [--fail-above PERCENT, default 10]

A row fails if its median got worse by more than that and by more than the noise of both runs explains (p10 to p90).
Exit code 1: something became slower. 2: the command line or a file is wrong.`;

function main(): number {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { 'fail-above': { type: 'string', default: '10' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const threshold = Number(values['fail-above'].replace(/ ?%$/, ''));
  const [first, second, ...more] = positionals;
  if (first === undefined || second === undefined || more.length > 0 || !(threshold > 0)) {
    console.error(usage);
    return 2;
  }
  const [before, after] = [readResult(first), readResult(second)];
  for (const warning of comparisonWarnings(before, after)) console.error(`warning: ${warning}`);
  const compared = compareResults(before, after, threshold / 100);
  console.log(
    textTable([
      ['what', 'before', 'after', 'unit', 'x worse', ''],
      ...compared.map(({ title, before, after, unit, ratio, change }) => [
        title,
        figure(before),
        figure(after),
        unit,
        figure(ratio),
        change === 'same' ? '' : change,
      ]),
    ]),
  );
  const slower = compared.filter(({ change }) => change === 'slower').length;
  console.log(
    `\n${slower === 0 ? 'nothing' : slower} of ${compared.length} rows became slower by more than ${threshold} %`,
  );
  return slower === 0 ? 0 : 1;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
