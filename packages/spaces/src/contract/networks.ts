import { isDeepStrictEqual } from 'node:util';
import type { ContractCheck } from '@tenas/base';
import {
  type Graph,
  graphCost,
  keptValues,
  nodeInputs,
  peakActivations,
  unobservedMixes,
  validateGraph,
} from '@tenas/graph';
import type { DatasetShape } from '../dataset-shape.js';
import type { Decision } from '../domain.js';
import type { TrainingNetwork } from '../space.js';
import { slotName } from '../supernet.js';
import { demand, demandSame, type Subject, samplesOf } from './subject.js';

function shapesOf(graph: Graph): { readonly input: readonly number[]; readonly output: readonly number[] } {
  return { input: graph.nodes[graph.input]!.shape, output: graph.nodes[graph.output]!.shape };
}

/** A graph that the engine takes. */
function demandGraph(graph: Graph, field: string): void {
  validateGraph(graph);
  const names = unobservedMixes(graph).map(({ name }) => name);
  demand(names.length === 0, field, `the mix ${names[0]} must be observed: the output may not need it`);
}

/** A whole network with an answer for each class, that reads images of the size in question. */
function demandNetwork(graph: Graph, { classes, height, width }: DatasetShape, field: string): void {
  demandGraph(graph, field);
  const { input, output } = shapesOf(graph);
  demandSame(output, [classes, 1, 1], field, 'the output has other than one value per class');
  demandSame(input, [3, height, width], field, 'reads other images');
}

/** A network that reads square crops of one channel. */
function demandCropNetwork(graph: Graph, { classes }: DatasetShape, field: string): void {
  demandGraph(graph, field);
  const { input, output } = shapesOf(graph);
  demandSame(output, [classes, 1, 1], field, 'the output has other than one value per class');
  demand(
    input[0] === 1 && input[1] === input[2],
    field,
    `reads ${input.join('x')}, not square crops of one channel`,
  );
}

/** A network with additions behind it, which can be left out. */
function demandTrainingNetwork({ graph, dropPath, auxiliary }: TrainingNetwork, plain: Graph): void {
  const field = 'trainingNetwork';
  demandGraph(graph, field);
  const begins =
    isDeepStrictEqual(graph.nodes.slice(0, plain.nodes.length), plain.nodes) &&
    isDeepStrictEqual(graph.params.slice(0, plain.params.length), plain.params);
  demand(begins, field, 'does not begin with the nodes and parameters of the network itself');
  demandSame(graph.output, plain.output, field, 'has another output than the network itself');
  for (const id of dropPath) {
    const readers = graph.nodes.filter((node) => nodeInputs(node).includes(id));
    const fits =
      id >= 0 && id < plain.nodes.length && readers.every(({ op }) => op === 'mix' || op === 'concat');
    demand(fits, `${field}.dropPath`, `names node ${id}; mixes and concats alone may read it`);
  }
  if (auxiliary === null) return;
  const head = graph.nodes[auxiliary];
  const fits =
    auxiliary >= plain.nodes.length &&
    head?.op === 'linear' &&
    isDeepStrictEqual(head.shape, shapesOf(plain).output);
  demand(
    fits,
    `${field}.auxiliary`,
    `names node ${auxiliary}; it must be a linear layer with a value per class`,
  );
}

function namesOf(graph: Graph): [string, readonly number[]][] {
  return graph.params.map(({ name, shape }) => [name, shape]);
}

function sizeChecks(subject: Subject, thorough: boolean): ContractCheck[] {
  const { space, images } = subject;
  return [
    {
      name: 'builds networks of its sizes',
      run() {
        for (const shape of images) {
          for (const architecture of samplesOf(subject).slice(0, 2)) {
            const { sizes } = space;
            demandNetwork(space.network(architecture, sizes.proxy(shape)), shape, 'sizes.proxy');
            if (sizes.deep !== undefined) {
              demandNetwork(space.network(architecture, sizes.deep(shape)), shape, 'sizes.deep');
            }
            if (sizes.stemless !== undefined) {
              demandCropNetwork(space.network(architecture, sizes.stemless(shape)), shape, 'sizes.stemless');
            }
            if (thorough)
              demandNetwork(space.network(architecture, sizes.final(shape)), shape, 'sizes.final');
          }
        }
      },
    },
    {
      name: 'names parameters uniquely, and the same every time',
      run() {
        const size = space.sizes.proxy(images[0]!);
        for (const architecture of samplesOf(subject)) {
          const graph = space.network(architecture, size);
          const names = graph.params.map(({ name }) => name);
          demand(new Set(names).size === names.length, 'network', 'two parameters have the same name');
          demand(graph.slots.length === 0, 'network', 'the network of one architecture has mixing slots');
          const again = space.network(space.parse(space.format(architecture)), size);
          demandSame(namesOf(again), namesOf(graph), 'network', 'the same architecture has other parameters');
        }
      },
    },
    {
      name: 'adds to its networks in training what evaluations can leave out',
      run() {
        if (space.trainingNetwork === undefined) return;
        const size = space.sizes.proxy(images[0]!);
        for (const architecture of samplesOf(subject)) {
          demandTrainingNetwork(space.trainingNetwork(architecture, size), space.network(architecture, size));
        }
      },
    },
    {
      name: 'counts what its networks cost',
      run() {
        const size = space.sizes.proxy(images[0]!);
        const costs = space.costs(size);
        for (const architecture of samplesOf(subject)) {
          const graph = space.network(architecture, size);
          const { params, macs } = graphCost(graph);
          const counted = costs.of(architecture);
          demandSame([counted.params, counted.macs], [params, macs], 'costs', 'are not those of the network');
          const values = keptValues(graph) + peakActivations(graph);
          demandSame(
            costs.values?.(architecture) ?? values,
            values,
            'costs.values',
            'are not those of the network',
          );
        }
      },
    },
    ...(thorough ? [{ name: 'has a default size', run: () => demandDefaultSize(subject) }] : []),
  ];
}

function demandDefaultSize(subject: Subject): void {
  const { space } = subject;
  const [architecture] = samplesOf(subject);
  const graph = space.network(architecture!);
  demandGraph(graph, 'network');
  const { params, macs } = graphCost(graph);
  const counted = space.costs().of(architecture!);
  demandSame([counted.params, counted.macs], [params, macs], 'costs', 'are not those of the default network');
}

function slotNamesOf(decisions: readonly Decision[]): ReadonlySet<string> {
  const names = decisions.flatMap(({ name, choices }) =>
    choices.filter((choice) => choice !== 'none').map((choice) => slotName(name, choice)),
  );
  return new Set(names);
}

function supernetChecks(subject: Subject): ContractCheck[] {
  const { space, images } = subject;
  const { supernet } = space;
  if (supernet === undefined) return [];
  const { decisions, sizes } = supernet;
  return [
    {
      name: 'has a supernet with a slot for every choice but none',
      run() {
        const slotNames = slotNamesOf(decisions);
        for (const shape of images) {
          const { graph } = supernet.build(sizes.proxy(shape));
          demandNetwork(graph, shape, 'supernet.sizes.proxy');
          const slots = new Set(graph.slots);
          demand(slots.size === graph.slots.length, 'supernet', 'two slots have the same name');
          for (const slot of slots)
            demand(slotNames.has(slot), 'supernet', `slot ${slot} is no choice of a decision`);
          for (const name of slotNames) demand(slots.has(name), 'supernet', `choice ${name} has no slot`);
          if (sizes.deep !== undefined) {
            demandNetwork(supernet.build(sizes.deep(shape)).graph, shape, 'supernet.sizes.deep');
          }
          const crops = supernet.build(sizes.stemless(shape)).graph;
          demandCropNetwork(crops, shape, 'supernet.sizes.stemless');
          for (const slot of crops.slots) {
            demand(slotNames.has(slot), 'supernet.sizes.stemless', `slot ${slot} is no choice of a decision`);
          }
        }
      },
    },
    {
      name: 'weighs the open choices of a decision alike in its supernet',
      run() {
        const built = supernet.build(sizes.proxy(images[0]!));
        const full = supernet.full();
        demandSame(supernet.check(full), full, 'supernet.check', 'changes the full domain');
        demand(
          decisions.every(({ name }) => (full[name]?.length ?? 0) > 0),
          'supernet.full',
          'a decision has no open choice',
        );
        for (const domain of [full, ...samplesOf(subject).map((one) => supernet.domainOf(one))]) {
          const wanted = built.graph.slots.map((slot) => {
            const end = slot.lastIndexOf('/');
            const open = domain[slot.slice(0, end)] ?? [];
            return open.includes(slot.slice(end + 1)) ? 1 / open.length : 0;
          });
          demandSame(
            [...built.coefficients(domain)],
            wanted,
            'supernet.coefficients',
            'are not 1 / (open choices)',
          );
        }
      },
    },
    {
      name: 'finds an architecture again in its supernet',
      run() {
        for (const architecture of samplesOf(subject)) {
          const domain = supernet.check(JSON.parse(JSON.stringify(supernet.domainOf(architecture))));
          demandSame(
            space.format(supernet.architectureOf(domain)),
            space.format(architecture),
            'supernet.architectureOf',
            'the domain of an architecture gives another',
          );
        }
      },
    },
    {
      name: 'prunes edges that its supernet has',
      run() {
        const { edgePruning } = supernet;
        if (edgePruning === null) return;
        const { groups, keep } = edgePruning;
        const edges = groups.flat();
        const names = new Set(decisions.map(({ name }) => name));
        demand(new Set(edges).size === edges.length, 'supernet.edgePruning', 'an edge is in two groups');
        for (const edge of edges) demand(names.has(edge), 'supernet.edgePruning', `${edge} is no decision`);
        demand(
          Number.isInteger(keep) && keep > 0,
          'supernet.edgePruning.keep',
          'must be a whole number above 0',
        );
      },
    },
  ];
}

/** Sizes, networks, costs and the supernet. @param thorough also the networks that are trained in the end */
export function networkChecks(subject: Subject, thorough: boolean): ContractCheck[] {
  return [...sizeChecks(subject, thorough), ...supernetChecks(subject)];
}
