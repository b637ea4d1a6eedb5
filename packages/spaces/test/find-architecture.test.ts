import { describe, expect, it } from 'vitest';
import { darts, dartsFrc, findArchitecture, listSpaces, nasBench201, registerSpace } from '../src/index.js';

describe('an architecture without its space', () => {
  it.each(listSpaces().map((space) => [space.name, space] as const))('is found in %s', (name, space) => {
    const { architecture, ...found } = findArchitecture(space.example);
    expect(found.space).toBe(space);
    expect(space.format(architecture)).toBe(space.format(space.parse(space.example)));
    const [drawn] = space.sample({ count: 1, seed: 3 });
    expect(findArchitecture(space.format(drawn!)).space.name).toBe(name);
  });

  it('is found by a known name', () => {
    expect(findArchitecture('pc-darts').space).toBe(darts);
    expect(findArchitecture('DARTS_V2', 'darts').space).toBe(darts);
  });

  it('is of DARTS where it has a fixed reduction cell, unless the space of such cells is named or wrote it', () => {
    const text = darts.format(darts.parse('GDAS_F1'));
    for (const one of ['GDAS_F1', 'gdas-frc', text]) {
      const found = findArchitecture(one);
      expect(found.space).toBe(darts);
      expect(found.architecture).toEqual(darts.parse('GDAS_F1'));
      expect(findArchitecture(one, 'darts-frc').space).toBe(dartsFrc);
    }
    expect(findArchitecture(dartsFrc.format(dartsFrc.parse(text))).space).toBe(dartsFrc);
  });

  it('is refused by the space that read most of it', () => {
    expect(() => findArchitecture('|nor_conv_3x3~0|+|nor_conv_3x3~0|conv~1|')).toThrow(
      /the operation from node 1/,
    );
    expect(() => findArchitecture("Genotype(normal=[('sep_conv_3x3', 7)])")).toThrow(/DARTS genotype/);
    expect(() => findArchitecture('64:32:8:48')).toThrow(/stage4/);
  });

  it('is told what architectures look like where no space read any of it', () => {
    for (const text of ['', '?', 'DARTS_V3', 'x'.repeat(1000)]) {
      const refused = expect.objectContaining({ code: 'ARCHITECTURE_UNKNOWN', field: 'architecture' });
      expect(() => findArchitecture(text)).toThrow(refused);
      expect(() => findArchitecture(text)).toThrow(
        /darts: DARTS_V2 \(known are DARTS_V1, .*\n {2}darts-frc: Genotype\(normal=.*\(known are GDAS_F1\)\n {2}nats-size: 64:32:8:48:56/,
      );
    }
    expect(() => findArchitecture('64:32:8:48:56', 'darts')).toThrow(/DARTS genotype/);
    expect(() => findArchitecture('64:32:8:48:56', 'nats')).toThrow(/unknown space/);
  });

  it('needs the space where it is a number', () => {
    expect(findArchitecture('index:12', 'nats-size').space.name).toBe('nats-size');
    for (const name of ['nas-bench-201', 'darts', 'hurricane']) {
      expect(() => findArchitecture(' index:12', name)).toThrow(
        expect.objectContaining({
          code: 'ARCHITECTURE_UNKNOWN',
          message: expect.stringMatching(
            new RegExp(`^index:12: the space ${name} has no numbers of its own.*--index-table`),
          ),
        }),
      );
    }
    expect(() => findArchitecture('index:12')).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_AMBIGUOUS', field: 'space' }),
    );
  });

  it('needs the space where two can read it', () => {
    registerSpace({ ...nasBench201, name: 'same-text' });
    expect(() => findArchitecture(nasBench201.example)).toThrow(
      expect.objectContaining({ code: 'ARCHITECTURE_AMBIGUOUS', field: 'space' }),
    );
    expect(findArchitecture(nasBench201.example, 'same-text').space.name).toBe('same-text');
  });
});
