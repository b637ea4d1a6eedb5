import { expect, it } from 'vitest';
import { findArchitecture, knownDartsGenotype, parseDarts, parseNasBench201 } from '../src/index.js';

const darts = knownDartsGenotype('DARTS_V2')!;

/** Choices of NNI's model hub. */
function choices(prefix = '', list = true): Record<string, unknown> {
  const fields: Record<string, unknown> = { [`${prefix}width`]: 36, [`${prefix}num_cells`]: 20 };
  for (const type of ['normal', 'reduce'] as const) {
    for (const [place, { op, state }] of darts[type]!.inputs.entries()) {
      const key = `${2 + Math.floor(place / 2)}_${place % 2}`;
      fields[`${prefix}${type}/op_${key}`] = op;
      fields[`${prefix}${type}/input_${key}`] = list ? [state] : state;
    }
  }
  return fields;
}

/** What NNI's DARTS example writes: every edge, and which two of a node are kept. */
function edges(): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const type of ['normal', 'reduce'] as const) {
    for (let node = 2; node <= 5; node++) {
      for (let state = 0; state < node; state++) fields[`${type}_n${node}_p${state}`] = [];
      const inputs = darts[type]!.inputs.slice(2 * node - 4, 2 * node - 2);
      for (const { op, state } of inputs)
        fields[`${type}_n${node}_p${state}`] = op.replaceAll('_', '').replace('pool3x3', 'pool');
      fields[`${type}_n${node}_switch`] = inputs.map(({ state }) => `${type}_n${node}_p${state}`);
    }
  }
  return fields;
}

const sorted = (inputs: readonly { readonly op: string; readonly state: number }[]) =>
  Array.from({ length: 4 }, (_, node) =>
    inputs.slice(2 * node, 2 * node + 2).toSorted((a, b) => a.state - b.state),
  ).flat();

it.each([
  ['the model hub', choices()],
  ['the model hub, with a prefix and states alone', choices('model/', false)],
])("reads NNI's JSON of %s", (_, fields) => {
  const text = JSON.stringify(fields);
  expect(parseDarts(text)).toEqual(darts);
  expect(findArchitecture(text).space.name).toBe('darts');
});

it("reads the JSON of NNI's DARTS example", () => {
  const found = parseDarts(JSON.stringify(edges()));
  expect(found.normal.inputs).toEqual(sorted(darts.normal.inputs));
  expect(found.reduce!.inputs).toEqual(sorted(darts.reduce!.inputs));
  expect(found.normal.concat).toEqual([2, 3, 4, 5]);
});

it.each([
  ['without an operation', { 'normal/op_3_1': undefined }, /normal\/op_3_1/],
  ['with an operation of another space', { 'normal/op_3_1': 'conv_1x1' }, /conv_1x1/],
  ['with a state that comes later', { 'normal/input_2_0': [2] }, /0 to 1/],
  ['with two states', { 'normal/input_2_0': [0, 1] }, /a state/],
])('refuses choices %s', (_, change, message) => {
  const text = JSON.stringify({ ...choices(), ...change });
  expect(() => parseDarts(text)).toThrow(expect.objectContaining({ code: 'GENOTYPE_SYNTAX' }));
  expect(() => parseDarts(text)).toThrow(message);
});

it.each([
  ['one edge', { normal_n3_switch: ['normal_n3_p0'] }],
  ['an edge of another node', { normal_n3_switch: ['normal_n3_p0', 'normal_n4_p1'] }],
  ['an edge without operation', { reduce_n2_p0: [], reduce_n2_p1: [] }],
])('refuses an example that keeps %s', (_, change) => {
  const text = JSON.stringify({ ...edges(), ...change });
  expect(() => parseDarts(text)).toThrow(expect.objectContaining({ code: 'GENOTYPE_SYNTAX' }));
});

it.each(['', 'cell/'])("reads NNI's NAS-Bench-201 cells (keys begin with '%s')", (prefix) => {
  const text = JSON.stringify({
    [`${prefix}0_1`]: 'conv_3x3',
    [`${prefix}0_2`]: 'none',
    [`${prefix}1_2`]: 'conv_1x1',
    [`${prefix}0_3`]: 'skip_connect',
    [`${prefix}1_3`]: 'avg_pool_3x3',
    [`${prefix}2_3`]: 'conv_3x3',
  });
  const wanted = '|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|';
  expect(parseNasBench201(text)).toEqual(parseNasBench201(wanted));
  expect(findArchitecture(text).space.name).toBe('nas-bench-201');
});
