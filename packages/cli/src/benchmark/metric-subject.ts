import type { Graph } from '@tenas/graph';
import {
  chooseMetrics,
  isCounting,
  isProbing,
  listMetrics,
  type MetricChoice,
  type Pass,
  type ProbingMetric,
  sizeOfRole,
} from '@tenas/metrics/definitions';
import { type Domain, requireSupernet, type Space } from '@tenas/spaces';
import { optionInvalid } from '../flag-reading.js';
import { tasksWork } from './evaluation-work.js';
import type { Subject } from './subject.js';

/** Sizes and operations that differ from those that a metric looks at on CIFAR-10. */
export interface SubjectSizes {
  /** Channels of the first cells. */
  readonly channels?: number | undefined;
  /** Height and width of the inputs. */
  readonly size?: number | undefined;
  /** The operations of the supernet that run. Default: the architecture's, else all. */
  readonly domain?: Domain | undefined;
  /** Needed where the network is not looked at through a supernet. */
  readonly architecture?: object | undefined;
}

/**
 * One evaluation of a metric on a space: through its supernet as the metric has it, else on one architecture.
 *
 * @throws TenasError `OPTION_INVALID` for a metric that looks at no network, or where there is neither a supernet nor an
 * architecture; `SETTING_INVALID`
 */
export function metricSubject(space: Space, choice: MetricChoice, sizes: SubjectSizes = {}): Subject {
  const { metric, settings } = chooseMetrics([choice])[0]!;
  if (!isProbing(metric)) {
    const measured = listMetrics().filter((one) => !isCounting(one));
    const names = measured.map(({ name }) => name).join(', ');
    throw optionInvalid('--metric', metric.name, `one that looks at a network or trains it: ${names}`);
  }
  const { graph, coefficients } = networkOf(space, metric.pass(settings), sizes);
  return subjectOn(graph, { metric, settings, coefficients });
}

/** Whether a metric looks at the network of one architecture: it asks for the one to train, or there is no supernet. */
export function needsArchitecture(space: Space, choice: MetricChoice): boolean {
  const { metric, settings } = chooseMetrics([choice])[0]!;
  return isProbing(metric) && (metric.pass(settings).network === 'final' || space.supernet === undefined);
}

/** One evaluation of a metric on a graph. */
export function subjectOn(
  graph: Graph,
  on: {
    readonly metric: ProbingMetric;
    /** Complete. */
    readonly settings: object;
    /** Mixing coefficients of the graph. */
    readonly coefficients: Float64Array;
  },
): Subject {
  const { metric, settings, coefficients } = on;
  const { batchSize, batches = 1, init, absolute = false, inputs } = metric.pass(settings);
  const tasks = metric.tasks(settings, graph);
  return {
    graph,
    coefficients,
    tasks,
    batchSize,
    batches,
    init,
    absolute,
    ones: inputs.kind === 'ones',
    // Noise comes with labels, see Pass.
    classes: metric.needs.includes('labels') || inputs.kind === 'noise' ? CLASSES : null,
    work: tasksWork(graph, { tasks, batchSize, coefficients }),
  };
}

/** As CIFAR-10 has them. */
const CLASSES = 10;

function networkOf(space: Space, pass: Pass, given: SubjectSizes) {
  const { network: role } = pass;
  const { architecture, domain, size = 32 } = given;
  const images = { classes: CLASSES, height: size, width: size };
  if (role !== 'final' && space.supernet !== undefined) {
    const { sizes, build, full, domainOf } = requireSupernet(space, 'tenas bench');
    const usual = sizeOfRole(sizes, role, images)!;
    const shape = role === 'stemless' ? cropShape(build(usual).graph, pass, given) : {};
    const supernet = build({ ...usual, ...width(given), ...shape });
    const all = architecture === undefined ? full() : domainOf(architecture);
    return { graph: supernet.graph, coefficients: supernet.coefficients(domain ?? all) };
  }
  if (architecture === undefined) {
    throw optionInvalid(
      '--arch',
      undefined,
      `an architecture: ${space.name} has no supernet for this network`,
    );
  }
  const usual = sizeOfRole(space.sizes, role, images);
  if (usual === undefined) throw optionInvalid('--space', space.name, `a space with a network ${role}`);
  const shape = role === 'stemless' ? cropShape(space.network(architecture, usual), pass, given) : {};
  const graph = space.network(architecture, { ...usual, ...width(given), ...shape });
  return { graph, coefficients: new Float64Array(graph.slots.length).fill(1) };
}

function width({ channels }: SubjectSizes): object {
  return channels === undefined ? {} : { C: channels };
}

/** Networks on crops read as many channels as they have, on crops of the side that is wanted. */
function cropShape(usual: Graph, { inputs }: Pass, { channels, size }: SubjectSizes): object {
  const [own, height, columns] = usual.nodes[usual.input]!.shape;
  const crop = inputs.kind === 'crops' ? inputs.crop : null;
  const side = size ?? crop;
  return { inputShape: [channels ?? own, side ?? height, side ?? columns] };
}
