import { RandomStream } from '@tenas/base';
import { darts, nasBench201, type Space, slotName } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { cellCopies, copyName } from '../../src/manas/cell-copies.js';
import { Players } from '../../src/manas/players.js';

const cifar = { name: 'cifar10', classes: 10, height: 32, width: 32 };

/** The supernet of NAS-Bench-201 with two cells per stage, six in all. */
const nasBench = nasBench201.supernet!;
const shared = nasBench.build({ ...nasBench.sizes.proxy(cifar), C: 2, N: 2 }).graph;
/** That of DARTS with three cells, the last two of which reduce. */
const dartsSupernet = darts.supernet!;
const cells = dartsSupernet.build({ ...dartsSupernet.sizes.proxy(cifar), C: 2, N: 1, depth: -1 }).graph;

const uniform = (players: Players) =>
  players.decisions.map(({ choices }) => new Float64Array(choices.length).fill(1 / choices.length));

/** A search without constraints. */
function free(space: Space) {
  return { space, feasible: null, allowed: () => true };
}

describe('agents in every cell', () => {
  it('have slots of their own, in the same network', () => {
    const { supernet, count } = cellCopies(nasBench.decisions, shared);
    expect(count('cell/1<-0')).toBe(6);
    expect(supernet.decisions).toHaveLength(36);
    expect(supernet.graph.slots).toHaveLength(6 * shared.slots.length);
    expect(new Set(supernet.graph.slots).size).toBe(supernet.graph.slots.length);
    expect(supernet.graph.slots).toContain('cell 3/2<-1/nor_conv_3x3');
    // Each slot is read once, by the branch that read the shared one.
    const readers = supernet.graph.nodes.flatMap((node) =>
      node.op === 'mix' ? node.slots.filter((slot) => slot >= 0) : [],
    );
    expect(readers.toSorted((a, b) => a - b)).toEqual([...supernet.graph.slots.keys()]);
    for (const [place, node] of supernet.graph.nodes.entries()) {
      const before = shared.nodes[place]!;
      if (node.op !== 'mix' || before.op !== 'mix') {
        expect(node).toBe(before);
        continue;
      }
      expect(node.inputs).toEqual(before.inputs);
      const names = node.slots.map((slot) => supernet.graph.slots[slot]?.replace(/^cell \d/, 'cell'));
      expect(names).toEqual(before.slots.map((slot) => shared.slots[slot]));
    }
  });

  it('number the cells of each type', () => {
    const { count, supernet } = cellCopies(dartsSupernet.decisions, cells);
    expect([count('normal/2<-0'), count('reduce/2<-0')]).toEqual([1, 2]);
    const known = new Set(
      supernet.decisions.flatMap(({ name, choices }) => choices.map((choice) => slotName(name, choice))),
    );
    expect(supernet.graph.slots.every((slot) => known.has(slot))).toBe(true);
  });

  it('choose for their cell alone', () => {
    const copies = cellCopies(nasBench.decisions, shared);
    const players = new Players(free(nasBench201), copies);
    expect(players.decisions).toHaveLength(36);
    const random = new RandomStream('cells', 1);
    const { actions, architecture, path } = players.draw(uniform(players), random, 'eta');
    expect(architecture).toBeNull();
    for (const [agent, { name, choices }] of players.decisions.entries()) {
      expect(path[name]).toBe(choices[actions[agent]!]);
    }
    expect(
      new Set(nasBench201.decisions.map((_, place) => path[copyName('cell/1<-0', place)])).size,
    ).toBeGreaterThan(1);
  });

  it('vote for the answer', () => {
    const players = new Players(free(nasBench201), cellCopies(nasBench.decisions, shared));
    const chances = uniform(players).map((some, agent) => {
      // Of the six cells, two are sure of the second choice and four prefer the fourth one a little.
      const sure = agent % 6 < 2;
      return Float64Array.from(some, (_, place) => (sure ? Number(place === 1) : place === 3 ? 0.4 : 0.15));
    });
    expect(players.preferred(chances)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('share what they choose where cells are shared', () => {
    const players = new Players(free(nasBench201), null);
    expect(players.decisions).toEqual(nasBench201.decisions);
    const { architecture, path } = players.draw(uniform(players), new RandomStream('cells', 1), 'eta');
    expect(path).toEqual(nasBench201.choicesOf(nasBench201.parse(nasBench201.format(architecture as never))));
    const copied = new Players(free(nasBench201), cellCopies(nasBench.decisions, shared));
    expect(Object.keys(copied.pathOf(architecture!))).toHaveLength(36);
    expect(copied.pathOf(architecture!)['cell 6/1<-0']).toBe(path['cell/1<-0']);
  });

  it('choose two inputs of each node in the DARTS space, by one operation each', () => {
    for (const copies of [null, cellCopies(dartsSupernet.decisions, cells)]) {
      const players = new Players(free(darts), copies);
      const { path, actions } = players.draw(uniform(players), new RandomStream('cells', 2), 'eta');
      expect(actions).toHaveLength(players.decisions.length);
      const edges = Object.entries(path).filter(([, op]) => op !== 'none');
      expect(edges.length).toBeLessThanOrEqual(copies === null ? 16 : 24);
      expect(edges.length).toBeGreaterThan(8);
    }
  });
});
