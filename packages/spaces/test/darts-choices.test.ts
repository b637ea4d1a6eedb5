import { describe, expect, it } from 'vitest';
import { DARTS_DECISIONS, darts, dartsArchitecture, knownDartsGenotype } from '../src/index.js';

const v2 = knownDartsGenotype('DARTS_V2')!;

describe('DARTS choices', () => {
  it('are pairs of inputs and two operations for each node of each cell', () => {
    expect(DARTS_DECISIONS).toHaveLength(24);
    expect(DARTS_DECISIONS[3]).toEqual({
      name: 'normal/1/inputs',
      choices: ['0,1', '0,2', '1,2'],
      group: 'normal',
    });
    expect(DARTS_DECISIONS.map(({ choices }) => choices.length).slice(0, 12)).toEqual([
      1, 7, 7, 3, 7, 7, 6, 7, 7, 10, 7, 7,
    ]);
  });

  it('name the operation on the lower state first, however the genotype lists the inputs', () => {
    expect(darts.choicesOf(v2)).toMatchObject({
      'normal/3/inputs': '0,2',
      'normal/3/op1': 'skip_connect',
      'normal/3/op2': 'dil_conv_3x3',
    });
    const swapped = dartsArchitecture({
      ...v2,
      normal: {
        ...v2.normal,
        inputs: [v2.normal.inputs[1]!, v2.normal.inputs[0]!, ...v2.normal.inputs.slice(2)],
      },
    });
    expect(darts.choicesOf(swapped)).toEqual(darts.choicesOf(v2));
    const [first, second] = darts.fromChoices(darts.choicesOf(swapped)).normal.inputs;
    expect([first, second]).toEqual(v2.normal.inputs.slice(0, 2));
  });

  it('are refused for what can be written but not chosen', () => {
    const inputs = v2.normal.inputs.map(({ op }) => ({ op, state: 1 }));
    const twice = dartsArchitecture({ ...v2, normal: { ...v2.normal, inputs } });
    expect(() => darts.choicesOf(twice)).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'normal.inputs' }),
    );
    const none = v2.reduce!.inputs.map(({ state }) => ({ op: 'none' as const, state }));
    expect(() =>
      darts.choicesOf(dartsArchitecture({ ...v2, reduce: { ...v2.reduce!, inputs: none } })),
    ).toThrow(expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'reduce.inputs[0].op' }));
    expect(() => darts.choicesOf(darts.parse('GDAS_F1'))).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'reduce' }),
    );
    const partial = dartsArchitecture({ ...v2, reduce: { ...v2.reduce!, concat: [3, 4, 5] } });
    expect(() => darts.choicesOf(partial)).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_INVALID', field: 'reduce.concat' }),
    );
  });
});
