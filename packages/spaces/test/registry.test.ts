import { describe, expect, it } from 'vitest';
import {
  darts,
  datasetShape,
  getSpace,
  nasBench201,
  type SearchSpace,
  SPACE_NAMES,
  spaceOf,
} from '../src/index.js';

describe('spaces by name', () => {
  it('finds both and lists them when a name is unknown', () => {
    expect(SPACE_NAMES).toEqual(['nas-bench-201', 'darts']);
    expect(getSpace('nas-bench-201')).toBe(nasBench201);
    expect(getSpace('darts')).toBe(darts);
    for (const name of ['nasbench', '', 'constructor']) {
      expect(() => getSpace(name)).toThrow(/known are nas-bench-201, darts/);
    }
  });

  it.each(SPACE_NAMES)(
    '%s: sampled architectures round-trip through text, active sets and networks',
    (name) => {
      const space = getSpace(name as string);
      const [architecture] = space.sample({ count: 1, seed: 11 });
      expect(spaceOf(architecture!)).toBe(space);
      expect(space.parse(space.format(architecture!))).toEqual(architecture);
      const active = space.activeOf(architecture!);
      expect(space.checkActive(JSON.parse(JSON.stringify(active)))).toEqual(active);
      expect(space.genotypeOf(active)).toBe(space.format(architecture!));
      const graph = space.network(architecture!, { C: 4, numClasses: 3, inputShape: [3, 8, 8] });
      expect(graph.nodes[graph.output]!.shape).toEqual([3, 1, 1]);
    },
  );

  it('refuses an architecture of another space', () => {
    const [darts, nasBench201] = SPACE_NAMES.map((name) => getSpace(name as string)).reverse() as [
      SearchSpace,
      SearchSpace,
    ];
    for (const [space, other] of [
      [darts, nasBench201],
      [nasBench201, darts],
    ] as const) {
      const [foreign] = other.sample({ count: 1, seed: 1 });
      for (const use of [space.format, space.network, space.activeOf]) {
        expect(() => use(foreign!)).toThrow(expect.objectContaining({ code: 'ARCHITECTURE_INVALID' }));
      }
    }
  });

  it('knows the datasets of the protocols', () => {
    expect(datasetShape('imagenet16-120')).toEqual({ classes: 120, height: 16, width: 16 });
    expect(() => datasetShape('mnist')).toThrow(/known are cifar10/);
  });
});
