import { describe, expect, it } from 'vitest';
import {
  darts,
  datasetShape,
  getSpace,
  listSpaces,
  nasBench201,
  registerSpace,
  requireSupernet,
  type Space,
} from '../src/index.js';

describe('spaces by name', () => {
  it('finds the built-in ones and lists them when a name is unknown', () => {
    expect(listSpaces().map(({ name }) => name)).toEqual([
      'nas-bench-201',
      'darts',
      'darts-frc',
      'nats-size',
      'nas-bench-101',
      'nas-bench-macro',
      'mnasnet',
      'hurricane',
      'proxylessnas',
      'fbnet',
      'mobilenet-v2',
      'pnas',
    ]);
    expect(getSpace('nas-bench-201')).toBe(nasBench201);
    expect(getSpace('darts')).toBe(darts);
    for (const name of ['nasbench', '', 'constructor', '__proto__']) {
      expect(() => getSpace(name)).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_SPACE', field: 'space' }),
      );
      expect(() => getSpace(name)).toThrow(/known are nas-bench-201, darts, darts-frc, nats-size/);
    }
  });

  it('takes a space of your own, once', () => {
    const own: Space = { ...nasBench201, name: 'own-cells' };
    registerSpace(own);
    registerSpace(own);
    expect(getSpace('own-cells')).toBe(own);
    expect(listSpaces()).toContain(own);
    expect(() => registerSpace({ ...own })).toThrow(expect.objectContaining({ code: 'SPACE_INVALID' }));
    for (const name of ['Own', 'own cells', '', '-own', '../own']) {
      expect(() => registerSpace({ ...own, name })).toThrow(
        expect.objectContaining({ code: 'SPACE_INVALID', field: 'name', value: name }),
      );
    }
  });

  it('refuses an architecture of another space', () => {
    for (const [space, other] of [
      [getSpace('darts'), getSpace('nas-bench-201')],
      [getSpace('nas-bench-201'), getSpace('darts')],
    ] as const) {
      const [foreign] = other.sample({ count: 1, seed: 1 });
      for (const use of [space.format, space.network, space.choicesOf, space.supernet!.domainOf]) {
        expect(() => use(foreign!)).toThrow(expect.objectContaining({ code: 'ARCHITECTURE_INVALID' }));
      }
    }
  });

  it('says who misses a supernet', () => {
    expect(requireSupernet(darts, 'the test')).toBe(darts.supernet);
    expect(() => requireSupernet({ name: 'plain' }, 'the test')).toThrow(
      /plain has no supernet, which the test needs/,
    );
  });

  it('knows the datasets of the protocols', () => {
    expect(datasetShape('imagenet16-120')).toEqual({
      name: 'imagenet16-120',
      classes: 120,
      height: 16,
      width: 16,
    });
    expect(() => datasetShape('mnist')).toThrow(/known are cifar10/);
  });
});
