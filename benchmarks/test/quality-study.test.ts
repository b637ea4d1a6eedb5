import { readFileSync } from 'node:fs';
import { evaluateScores, readAccuracies } from '@tenas/evaluation';
import { readCsv } from '@tenas/records';
import { formatNasBench201, getSpace, nasBench201At } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { aggregated, studySample, studyScores } from '../src/quality-study.js';
import { VARIANTS } from '../src/quality-variants.js';

const text = readFileSync(new URL('../quality/scores.csv', import.meta.url), 'utf8');
const study = studyScores(text);

describe('scores of the study', () => {
  it('are of the sample that the study names, under all its variants', () => {
    const { architectures } = study.scores([aggregated('regions', 'mean', 6)]);
    const sample = studySample(text).map(formatNasBench201);
    expect(architectures.map((one) => one.text)).toEqual(sample);
    expect(new Set(sample).size).toBe(1000);
    expect(sample.filter((one) => one.includes('none')).length).toBeGreaterThan(500);
    expect(study.columns).toEqual(VARIANTS.map(({ name }) => name));
  });

  it('are aggregated over the first repeats', () => {
    const line = text.split('\n')[1]!.split(',');
    const repeats = line[1 + study.columns.indexOf('regions')]!.split(';').map(Number);
    const [first] = study.scores([aggregated('regions', 'mean', 3)]).architectures;
    expect(first!.values[0]).toBeCloseTo((repeats[0]! + repeats[1]! + repeats[2]!) / 3, 9);
    expect(first!.text).toBe(formatNasBench201(nasBench201At(Number(line[0]))));
    expect(() => study.scores([aggregated('regions', 'mean', 7)])).toThrow('7 repeats wanted');
  });

  it('rank architectures: kappa goes against convolutions, on every tenth', async () => {
    const scores = study.scores([aggregated('kappa', 'log-mean', 6)], (place) => place % 10 === 0);
    const rows = scores.architectures.map((one) => `${one.text},${one.text.split('nor_conv').length}`);
    const table = readAccuracies(readCsv(`arch,test\n${rows.join('\n')}\n`, 'made up'), {
      space: getSpace('nas-bench-201'),
    });
    const { results } = await evaluateScores({ space: 'nas-bench-201', scores, table, resamples: 0 });
    expect(results[0]!.kendall.value).toBeGreaterThan(0.3);
  });
});

it.each(['fast', 'te-nas-finals', 'paper', 'repo'])('found architectures of %s can be read', (protocol) => {
  const { rows } = readCsv(
    readFileSync(new URL(`../quality/searches-${protocol}.csv`, import.meta.url), 'utf8'),
    protocol,
  );
  for (const { cells } of rows) {
    expect(formatNasBench201(getSpace('nas-bench-201').parse(cells.genotype!) as never)).toBe(cells.genotype);
    expect(cells.protocol).toMatch(new RegExp(`^${protocol}`));
  }
});
