import { graphCost } from '@tenas/graph';
import { fullDomain, getSpace, slotName } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';

const images = { classes: 10, height: 32, width: 32 };

describe.each(['nas-bench-macro', 'hurricane'])('layers of %s', (name) => {
  const space = getSpace(name);
  const size = space.sizes.proxy(images);

  it('hold every architecture of a domain: a path costs what its network costs', () => {
    const domain = Object.fromEntries(
      space.decisions.map(({ name: decision, choices }, layer) => [
        decision,
        choices.filter((_, place) => place % 8 === layer % 3 || place === choices.length - 1),
      ]),
    );
    const graph = space.layers!.network(domain, size);
    for (let turn = 0; turn < 3; turn++) {
      const path = Object.fromEntries(
        Object.entries(domain).map(([decision, open], layer) => [
          decision,
          open[(layer + turn) % open.length]!,
        ]),
      );
      const coefficients = Float64Array.from(graph.slots, (slot) =>
        Object.entries(path).some(([decision, choice]) => slot === slotName(decision, choice)) ? 1 : 0,
      );
      const { params, macs } = graphCost(graph, coefficients);
      const alone = space.costs(size).of(space.fromChoices(path));
      expect({ params, macs }).toEqual({ params: alone.params, macs: alone.macs });
    }
  });

  it('have slots for layers that are open alone', () => {
    const [first, ...others] = space.decisions;
    const domain = Object.fromEntries([
      [first!.name, first!.choices.slice(0, 2)],
      ...others.map(({ name: decision, choices }) => [decision, choices.slice(0, 1)]),
    ]);
    expect(space.layers!.network(domain, size).slots).toEqual(
      first!.choices.slice(0, 2).map((choice) => slotName(first!.name, choice)),
    );
  });

  it('refuse what is no domain', () => {
    const { [space.decisions[0]!.name]: _, ...rest } = fullDomain(space.decisions);
    expect(() => space.layers!.network(rest, size)).toThrow(/missing/);
  });
});
