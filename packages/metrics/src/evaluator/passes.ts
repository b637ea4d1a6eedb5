import { type Graph, keptValues, sizeOf } from '@tenas/graph';
import { type Answer, batchesOf as batchesOfTask, type Task } from '@tenas/native';
import { isProbing, type Metric, type MetricNeed, type Pass, type ProbingMetric } from '../metric.js';
import { roleIn } from '../network-size.js';

/** A metric that takes part in a pass. */
export interface Member {
  readonly metric: ProbingMetric;
  readonly settings: object;
}

/** Metrics that look at the same network, inputs and weights: one pass serves all of them. */
export interface SharedPass {
  readonly pass: Pass;
  readonly members: readonly Member[];
  /** Whether a member needs the labels of the batch. */
  readonly labels: boolean;
}

/** Batches of a pass. */
export function batchesOf(pass: Pass): number {
  return pass.batches ?? 1;
}

/** Whether a metric gets the labels of its batch. */
export function needsLabels({ needs }: { readonly needs: readonly MetricNeed[] }): boolean {
  return needs.includes('labels');
}

function keyOf(pass: Pass): string {
  const { network, inputs, batchSize, init, absolute = false } = pass;
  const crop = inputs.kind === 'crops' ? inputs.crop : null;
  const perturbation = inputs.kind === 'noise' ? (inputs.perturbation ?? null) : null;
  return JSON.stringify([
    network,
    inputs.kind,
    crop,
    perturbation,
    batchSize,
    batchesOf(pass),
    init,
    absolute,
  ]);
}

/**
 * The passes that some metrics need, in the order of the first metric of each. Metrics that need none are left out.
 *
 * @param sizes of the networks that metrics look at
 */
export function sharedPasses(
  chosen: readonly { readonly metric: Metric; readonly settings: object }[],
  sizes: { readonly deep?: unknown },
): SharedPass[] {
  const byKey = new Map<string, { pass: Pass; members: Member[] }>();
  for (const { metric, settings } of chosen) {
    if (!isProbing(metric)) continue;
    const wanted = metric.pass(settings);
    const pass = { ...wanted, network: roleIn(sizes, wanted.network) };
    const key = keyOf(pass);
    const shared = byKey.get(key) ?? { pass, members: [] };
    shared.members.push({ metric, settings });
    byKey.set(key, shared);
  }
  return [...byKey.values()].map(({ pass, members }) => ({
    pass,
    members,
    labels: members.some(({ metric }) => needsLabels(metric)),
  }));
}

/** The tasks of a pass on one network, each once, and who wants which. */
export interface PassTasks {
  readonly tasks: readonly Task[];
  /** The answers that each member asked for, in its order. */
  answersOf(member: number, answers: readonly Answer[]): readonly Answer[];
  /** Share of the pass's time that each member is charged; all together are 1. */
  readonly shares: readonly number[];
}

/** The tasks of all members of a pass. */
export function passTasks({ pass, members }: SharedPass, graph: Graph): PassTasks {
  const tasks: Task[] = [];
  const keys = new Map<string, number>();
  const wanted = members.map(({ metric, settings }) =>
    metric.tasks(settings, graph).map((task) => {
      const key = JSON.stringify(task);
      const place = keys.get(key) ?? tasks.push(task) - 1;
      keys.set(key, place);
      return place;
    }),
  );
  const work = wanted.map((places) =>
    places.reduce((sum, place) => sum + passesThrough(tasks[place]!, pass.batchSize, graph), 0),
  );
  const all = work.reduce((sum, one) => sum + one, 0);
  return {
    tasks,
    answersOf: (member, answers) => wanted[member]!.map((place) => answers[place]!),
    shares: work.map((one) => (all === 0 ? 1 / members.length : one / all)),
  };
}

/** How much longer a pass takes that carries derivatives along, about. */
const WITH_DERIVATIVES = 3;

/**
 * How many times a task goes through the network: forward once for each batch; backward about twice as much, once per
 * direction where these do not share the statistics. An estimate, to split the time of a request among its metrics.
 */
function passesThrough(task: Task, batchSize: number, graph: Graph): number {
  switch (task.kind) {
    case 'ntk':
      return 1 + 2 * (task.mode === 'batch' ? batchSize : 1);
    case 'gradient':
      return 3 * batchesOfTask(task);
    case 'blocks':
    case 'saliency':
      return 3;
    case 'curvature':
      return 3 * WITH_DERIVATIVES;
    case 'jacobian':
      return 1 + 2 * sizeOf(graph.nodes[graph.output]!.shape);
    default:
      return batchesOfTask(task);
  }
}

/** Bytes of answers that one request may give, about, unless those of one candidate in one draw are more. */
const MOST_BYTES = 2 ** 28;

/** What one request is about: candidates of a network and draws, each by number. */
export interface RequestPart {
  readonly rows: readonly number[];
  readonly draws: readonly number[];
}

/**
 * The candidates of a network in requests whose answers fit into memory, for gradients by single weights and pixels are
 * large: several candidates with all draws or, where those of one candidate are too much, one candidate with some draws.
 * All requests of a candidate follow each other.
 */
export function requestsOf(
  tasks: readonly Task[],
  {
    graph,
    candidates,
    batchSize,
    draws,
  }: {
    readonly graph: Graph;
    readonly candidates: readonly unknown[];
    readonly batchSize: number;
    readonly draws: readonly unknown[];
  },
): RequestPart[] {
  const bytes = tasks.reduce((sum, task) => sum + answerBytes(task, graph, batchSize), 0);
  const fitting = Math.floor(MOST_BYTES / Math.max(1, bytes));
  const rows = candidates.map((_, row) => row);
  const all = draws.map((_, draw) => draw);
  if (fitting >= all.length) {
    const several = Math.floor(fitting / all.length);
    return chunksOf(rows, several).map((some) => ({ rows: some, draws: all }));
  }
  const parts = chunksOf(all, Math.max(1, fitting));
  return rows.flatMap((row) => parts.map((some) => ({ rows: [row], draws: some })));
}

function chunksOf(numbers: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(numbers.length / size) }, (_, chunk) =>
    numbers.slice(chunk * size, (chunk + 1) * size),
  );
}

/** Bytes of the numbers in an answer that grow with the batch or the network. */
function answerBytes(task: Task, { params, nodes, input, output }: Graph, batchSize: number): number {
  if (task.kind === 'ntk' || task.kind === 'codes') return 8 * batchSize ** 2;
  if (task.kind === 'jacobian') {
    return 8 * batchSize * sizeOf(nodes[output]!.shape) * task.parameters.length;
  }
  if (task.kind === 'saliency') {
    const channels = task.nodes.reduce((sum, id) => sum + nodes[id]!.shape[0], 0);
    return 8 * batchSize * channels + (task.correlations ? 16 * batchSize ** 2 * task.nodes.length : 0);
  }
  if (task.kind === 'features') {
    return task.nodes.reduce((sum, id) => sum + 8 * nodes[id]!.shape[0] ** 2, 0);
  }
  if (task.kind === 'pixels') {
    return task.ranges.reduce((sum, { node, count }) => sum + 8 * count * nodes[node]!.shape[0], 0);
  }
  if (task.kind === 'constants') {
    return 8 * task.weights.length * batchSize * sizeOf(nodes[output]!.shape);
  }
  if (task.kind !== 'gradient') return 0;
  const rows = { values: batchesOfTask(task), sums: 0, signs: 1 }[task.reduce];
  const values = task.of.includes('parameters') ? rows * keptValues({ params }) : 0;
  const pixels = task.of.includes('input') ? batchSize * sizeOf(nodes[input]!.shape) : 0;
  return 4 * (values + batchesOfTask(task) * pixels);
}
