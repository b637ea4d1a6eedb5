import { expectBounded } from '@tenas/base/testing';
import { describe, expect, it } from 'vitest';
import { formatDarts, knownDartsGenotype, nasBench201, parseDarts, parseNasBench201 } from '../src/index.js';

const CELL = '|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|';
const V2 = formatDarts(knownDartsGenotype('DARTS_V2')!);

describe('genotypes in lines of logs and with comments', () => {
  it.each([
    `[2021-01-01 10:10:10] genotype: ${CELL}`,
    `<<<--->>> The 49-th epoch : Structure(4 nodes with ${CELL})`,
    `# found by a search\n\n${CELL} # best\n`,
    `"${CELL}"`,
    `arch_str=${CELL},`,
  ])('of NAS-Bench-201: %s', (text) => {
    expect(nasBench201.format(parseNasBench201(text))).toBe(CELL);
  });

  it.each([
    `11/23 02:00:11 PM genotype = ${V2}`,
    `2019-04-01 10:00:00,123 INFO genotype = ${V2}\n`,
    `# best one\nDARTS_V9 = ${V2}  # found at epoch 49\n`,
  ])('of DARTS: %s', (text) => {
    expect(formatDarts(parseDarts(text))).toBe(V2);
  });

  it('are taken only where there is one, and nothing else', () => {
    for (const text of [`${CELL} ${CELL}`, `${CELL}x`, `x\n${CELL}`, `hello ${CELL}`, `${CELL} and more`])
      expect(() => parseNasBench201(text)).toThrow(/at position \d+/);
    for (const text of [`${V2} ${V2}`, `${V2} and more`, `hello ${V2}`])
      expect(() => parseDarts(text)).toThrow(/at position \d+/);
  });

  it('keep their positions in errors', () => {
    expect(() => parseNasBench201(`genotype: ${CELL.replace('avg_pool_3x3', 'pool')}`)).toThrow(
      /at position 35/,
    );
  });

  it('take no time where they are hostile', () => {
    for (const part of ['Genotype(', 'Genotype((a)', '|a~0|+', '|a~0|+|a~0|a~1|+', '(', '# \n', ' '])
      expectBounded({ seconds: 5, mebibytes: 200 }, () => {
        const text = part.repeat(Math.floor(60_000 / part.length));
        expect(() => parseDarts(text)).toThrow();
        expect(() => parseNasBench201(text)).toThrow();
      });
  });
});

it('reads triples (operation, input, weight)', () => {
  const text =
    "[[('nor_conv_3x3', 0, 0.1)], [('none', 0, 1), ('avg_pool_3x3', 1, 0.5)], [('skip_connect', 0, 0.2), ('nor_conv_1x1', 1, 0.3), ('skip_connect', 2, 1e-3)]]";
  expect(nasBench201.format(parseNasBench201(text))).toBe(CELL);
  expect(() => parseNasBench201(text.replace('0.1', "'x'"))).toThrow(/or the same with a weight/);
});
