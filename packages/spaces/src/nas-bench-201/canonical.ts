import { allNasBench201, nasBench201At, nasBench201Index } from './enumeration.js';
import type { NasBench201Architecture } from './genotype.js';
import { NAS_BENCH_201_NODES, type NasBench201Op } from './operations.js';

/** An operation that is applied: an avg_pool_3x3 or convolution with its input, a sum of sources. */
interface Instance {
  readonly op: NasBench201Op;
  readonly input: Sum;
}

/** Sorted sources, repeated as often as they are added: -1 is the cell's input, others are instance numbers. */
type Sum = readonly number[];

const CELL_INPUT = -1;

/** Number of different canonical keys among the 15,625 architectures. */
export const NAS_BENCH_201_CANONICAL_CELLS = 5260;

/** The cell as a computation: what is applied to what, after `none` and `skip_connect` have been resolved. */
function reduceCell(architecture: NasBench201Architecture): { instances: Instance[]; output: Sum } {
  const instances: Instance[] = [];
  const nodes: Sum[] = [[CELL_INPUT]];
  for (const { node, firstEdge } of NAS_BENCH_201_NODES) {
    const sum: number[] = [];
    for (let input = 0; input < node; input += 1) {
      const op = architecture.ops[firstEdge + input]!;
      const value = nodes[input]!;
      if (op === 'none' || value.length === 0) continue;
      if (op === 'skip_connect') {
        sum.push(...value);
        continue;
      }
      // Pooling has no parameters, so pooling the same sum twice is the same thing; two convolutions differ in weights.
      const same =
        op === 'avg_pool_3x3' ? instances.findIndex((i) => i.op === op && equal(i.input, value)) : -1;
      if (same < 0) instances.push({ op, input: value });
      sum.push(same < 0 ? instances.length - 1 : same);
    }
    nodes.push(sum.sort((a, b) => a - b));
  }
  return { instances, output: nodes[3]! };
}

function equal(a: Sum, b: Sum): boolean {
  return a.length === b.length && a.every((source, index) => source === b[index]);
}

/** Numbers of the instances that the output depends on. */
function liveInstances(instances: readonly Instance[], output: Sum): number[] {
  const live = new Set<number>();
  const visit = (sum: Sum): void => {
    for (const source of sum) {
      if (source === CELL_INPUT || live.has(source)) continue;
      live.add(source);
      visit(instances[source]!.input);
    }
  };
  visit(output);
  return [...live];
}

/** Every order of the items that respects the order of the groups. */
function* ordersOf(groups: readonly (readonly number[])[]): Generator<number[]> {
  const [first, ...rest] = groups;
  if (first === undefined) {
    yield [];
    return;
  }
  for (const head of permutations(first)) for (const tail of ordersOf(rest)) yield [...head, ...tail];
}

function* permutations(items: readonly number[]): Generator<number[]> {
  if (items.length === 0) yield [];
  for (const [index, item] of items.entries()) {
    for (const rest of permutations(items.filter((_, other) => other !== index))) yield [item, ...rest];
  }
}

/**
 * A key that two architectures share exactly when their cells compute the same family of functions by structure:
 * the same operations applied to the same sums, whatever the nodes and edges are called.
 *
 * `none` adds nothing, `skip_connect` is its input, an operation on nothing is nothing, parts that the output does
 * not depend on are dropped, two poolings of one sum are one, and two convolutions are two even with equal inputs
 * (adding one convolution's output twice is not adding two convolutions). The key reads as a small program, e.g.
 * `a=nor_conv_3x3(x);b=nor_conv_1x1(a);x+a+b`; the empty sum is `0`.
 *
 * There are {@link NAS_BENCH_201_CANONICAL_CELLS} different keys. The paper's own definition,
 * {@link nasBench201PaperTopology}, counts 6,466: it leaves unconnected sums in the string and does not sort inside
 * nested sums (so it splits what is the same), yet confuses one shared convolution with two (so it merges what is not).
 */
export function nasBench201CanonicalKey(architecture: NasBench201Architecture): string {
  const { instances, output } = reduceCell(architecture);
  const live = liveInstances(instances, output);

  // Order by what each instance computes; instances that read alike are tried in every order, the least key wins.
  const expressions = new Map<number, string>();
  const expressionOf = (sum: Sum): string =>
    sum
      .map((source) => (source === CELL_INPUT ? 'x' : expressions.get(source)!))
      .sort()
      .join('+');
  for (const index of live.sort((a, b) => a - b)) {
    const { op, input } = instances[index]!;
    expressions.set(index, `${op}(${expressionOf(input)})`);
  }
  const groups = new Map<string, number[]>();
  for (const index of live) {
    const expression = expressions.get(index)!;
    groups.set(expression, [...(groups.get(expression) ?? []), index]);
  }
  // An operand's expression is shorter than its user's, so operands come first.
  const sorted = [...groups]
    .sort(([a], [b]) => a.length - b.length || (a < b ? -1 : 1))
    .map(([, group]) => group);

  let least: string | undefined;
  for (const order of ordersOf(sorted)) {
    const letters = new Map(order.map((index, place) => [index, String.fromCharCode(97 + place)]));
    const write = (sum: Sum): string =>
      sum
        .map((source) => (source === CELL_INPUT ? 'x' : letters.get(source)!))
        .sort()
        .join('+') || '0';
    const lines = order.map((index) => {
      const { op, input } = instances[index]!;
      return `${letters.get(index)}=${op}(${write(input)})`;
    });
    const key = [...lines, write(output)].join(';');
    if (least === undefined || key < least) least = key;
  }
  return least!;
}

/**
 * The published string of a cell's topology (NAS-Bench-201, section "search space"): nested terms, `none` written as
 * `#`, `skip_connect` replaced by its input, the terms of a node sorted. 6,466 of them are different; with
 * `zero: false`, where `none` is an operation like any other, 12,751.
 *
 * Use it to compare with the paper; to recognise equal cells use {@link nasBench201CanonicalKey}.
 */
export function nasBench201PaperTopology(
  architecture: NasBench201Architecture,
  options: { zero?: boolean } = {},
): string {
  const { zero = true } = options;
  const nodes = ['0'];
  for (const { node, firstEdge } of NAS_BENCH_201_NODES) {
    const terms = nodes.slice(0, node).map((value, input) => {
      const op = architecture.ops[firstEdge + input]!;
      if (zero && (op === 'none' || value === '#')) return '#';
      return op === 'skip_connect' ? value : `(${value})@${op}`;
    });
    nodes.push(terms.sort().join('+'));
  }
  return nodes[3]!;
}

let representatives: Map<string, number> | undefined;

/** Lowest index of each canonical key; computed at first use (about a tenth of a second) and kept. */
function representativeIndices(): ReadonlyMap<string, number> {
  if (representatives === undefined) {
    representatives = new Map();
    for (const architecture of allNasBench201()) {
      const key = nasBench201CanonicalKey(architecture);
      if (!representatives.has(key)) representatives.set(key, nasBench201Index(architecture));
    }
  }
  return representatives;
}

/** The isomorphic architecture with the lowest index: the representative of its class. */
export function canonicalNasBench201(architecture: NasBench201Architecture): NasBench201Architecture {
  return nasBench201At(representativeIndices().get(nasBench201CanonicalKey(architecture))!);
}

/** Whether two architectures have the same canonical key. */
export function isomorphicNasBench201(a: NasBench201Architecture, b: NasBench201Architecture): boolean {
  return nasBench201CanonicalKey(a) === nasBench201CanonicalKey(b);
}

/** One architecture of every class of isomorphic ones: the one with the lowest index, in the order of the indices. */
export function uniqueNasBench201(): NasBench201Architecture[] {
  return [...representativeIndices().values()].map(nasBench201At);
}
