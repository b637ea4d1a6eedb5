import { parseArgs } from 'node:util';
import { compareResults, comparisonWarnings } from './compare.js';
import { readResult } from './result.js';
import { figure, textTable } from './text-table.js';

const usage = `Compares two results of npm run bench, bench:peer or bench:scaling.

  npm run bench:compare -- BEFORE.json AFTER.json [--fail-above PERCENT, default 10]

A row fails if its median got worse by more than that and by more than the noise of both runs explains (p10 to p90).
Exit code 1: something became slower. 2: the command line or a file is wrong.`;

/** Where a command writes its lines. */
export interface Lines {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/**
 * Compares two results, as the command line says.
 * @returns 0; 1 if a row became slower; 2 if the command line is wrong
 * @throws Error if a file is no result
 */
export function compareCommand(args: readonly string[], { out, err }: Lines): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { 'fail-above': { type: 'string', default: '10' }, help: { type: 'boolean', short: 'h' } },
  });
  if (values.help) {
    out(usage);
    return 0;
  }
  const threshold = Number(values['fail-above'].replace(/ ?%$/, ''));
  const [first, second, ...more] = positionals;
  if (first === undefined || second === undefined || more.length > 0 || !(threshold > 0)) {
    err(usage);
    return 2;
  }
  const [before, after] = [readResult(first), readResult(second)];
  for (const warning of comparisonWarnings(before, after)) err(`warning: ${warning}`);
  const compared = compareResults(before, after, threshold / 100);
  out(
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
  out(
    `\n${slower === 0 ? 'nothing' : slower} of ${compared.length} rows became slower by more than ${threshold} %`,
  );
  return slower === 0 ? 0 : 1;
}
