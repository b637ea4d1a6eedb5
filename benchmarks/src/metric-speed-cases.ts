import { type Subject, subjectOn } from '@tenas/cli';
import { chooseMetrics, isProbing, listMetrics, type NetworkRole, type ProbingMetric } from '@tenas/metrics';
import type { Task } from '@tenas/native';
import { nasBench201 } from '@tenas/spaces';
import { FOUND_CELL } from './training-cases.js';

/** Networks of the found cell on which metrics are measured. */
export const SPEED_NETWORKS = {
  small: { title: 'C=3, N=1', size: { C: 3, N: 1 } },
  deep: { title: 'C=4, N=3', size: { C: 4, N: 3 } },
  full: { title: 'C=16, N=5, batch 64', size: { C: 16, N: 5 } },
} as const;

/** Names of {@link SPEED_NETWORKS}. */
export type SpeedNetwork = keyof typeof SPEED_NETWORKS;
export const SPEED_NETWORK_NAMES = Object.keys(SPEED_NETWORKS) as readonly SpeedNetwork[];

/** A metric on a network, ours and the peer's. */
export interface MetricSpeedCase {
  /** Of the metric, with what tells its cases apart in brackets. */
  readonly label: string;
  readonly metric: ProbingMetric;
  /** Complete. */
  readonly settings: object;
  readonly subject: Subject;
  /** Arguments of the peer's `Network`. */
  readonly net: object;
  /** How far the peer's value, in double precision, may be from ours, relative to it. */
  readonly tolerance: number;
  /** Whether the peer is timed in double precision, as single precision overflows in PyTorch. */
  readonly double: boolean;
}

/** Single precision against double. Sums that cancel, and quotients of numbers that are 0 but for rounding, lose more. */
const TOLERANCE = 2e-3;
const LOOSE: Readonly<Record<string, number>> = {
  ...{ plain: 0.2, zico: 0.05, ntk: 0.1, gradsign: 0.02, intrain: 0.05 },
};

/** Cases of a metric that has more than one. */
const MODES = ['sample', 'batch'] as const;

/**
 * Metrics that take a backward pass of the whole batch for each image: minutes in PyTorch on the full network, whose
 * figure `peer-single-net-batch` has.
 */
const PASSES_PER_IMAGE: readonly string[] = ['ntk (batch)', 'tegnas-mse'];

/** Only the kernel's own metric has both modes: the others are made of the same kernel. */
function variantsOf(metric: ProbingMetric): { readonly label: string; readonly settings: object }[] {
  if (metric.name !== 'ntk') return [{ label: metric.name, settings: {} }];
  return MODES.map((mode) => ({ label: `${metric.name} (${mode})`, settings: { mode } }));
}

/** Fields that hold the number of images of a batch, or of passes of one image. */
const SIZES = ['batchSize', 'images'] as const;

/** Metrics that are infinite in single precision on the full network, in PyTorch. */
const OVERFLOWING: readonly string[] = ['synflow', 'logsynflow'];

/** Metrics that take no more images than they have by default. */
const FEW_IMAGES: readonly string[] = ['swap'];

/** Batches of so many images, where a metric has a batch of images at all. */
function batchesOf(images: number, metric: ProbingMetric): object {
  if (FEW_IMAGES.includes(metric.name)) return {};
  const defaults = chooseMetrics([metric])[0]!.settings;
  return Object.fromEntries(SIZES.flatMap((field) => (field in defaults ? [[field, images]] : [])));
}

/**
 * Metrics that look at a network, of the found cell: those that look at the deep one by default, or on the others all.
 *
 * @param options.images in a batch; default: 64 on the full network, else as the metric has it
 * @param options.side height and width of an image; default 32
 */
export function metricSpeedCases(
  network: SpeedNetwork,
  options: { readonly images?: number | undefined; readonly side?: number | undefined } = {},
): MetricSpeedCase[] {
  const { images = network === 'full' ? 64 : undefined, side = 32 } = options;
  return listMetrics()
    .filter(isProbing)
    .flatMap((metric) => variantsOf(metric).map((variant) => ({ metric, ...variant })))
    .filter(({ label }) => network !== 'full' || !PASSES_PER_IMAGE.includes(label))
    .filter(({ metric }) => network !== 'full' || !looksAtCrops(metric))
    .filter(({ metric }) => network !== 'deep' || roleOf(metric) === 'deep')
    .map(({ metric, label, settings: own }) => {
      const role = roleOf(metric) === 'deep' && network !== 'deep' ? { network: 'proxy' } : {};
      const given = { ...(images === undefined ? {} : batchesOf(images, metric)), ...role, ...own };
      const { settings } = chooseMetrics([{ metric, settings: given }])[0]!;
      return {
        ...{ label, metric, settings },
        ...networkOf(metric, settings, { ...SPEED_NETWORKS[network].size, side }),
        tolerance: LOOSE[metric.name] ?? TOLERANCE,
        double: network === 'full' && OVERFLOWING.includes(metric.name),
      };
    });
}

/** The network that a metric looks at by default. */
function roleOf(metric: ProbingMetric): NetworkRole {
  return metric.pass(chooseMetrics([metric])[0]!.settings).network;
}

/** Crops go through a network without a stem, which there is in one size. */
function looksAtCrops(metric: ProbingMetric): boolean {
  return roleOf(metric) === 'stemless';
}

function networkOf(
  metric: ProbingMetric,
  settings: object,
  { C, N, side }: { readonly C: number; readonly N: number; readonly side: number },
): Pick<MetricSpeedCase, 'subject' | 'net'> {
  const architecture = nasBench201.parse(FOUND_CELL);
  const kind = nasBench201.name;
  if (metric.pass(settings).network === 'stemless') {
    const { build, sizes, domainOf } = nasBench201.supernet;
    const own = sizes.stemless({ classes: 10, height: 32, width: 32 });
    const { graph, coefficients } = build(own);
    const domain = domainOf(architecture);
    const active = Object.fromEntries(
      Object.entries(domain).map(([decision, ops]) => [decision.replace('cell/', ''), ops]),
    );
    return {
      subject: subjectOn(graph, { metric, settings, coefficients: coefficients(domain) }),
      net: { kind, C: own.C, N: 1, classes: 10, depth: 1, stem: false, active: { cell: active } },
    };
  }
  const graph = nasBench201.network(architecture, { C, N, inputShape: [3, side, side] });
  return {
    subject: subjectOn(graph, { metric, settings, coefficients: new Float64Array(0) }),
    net: { kind, C, N, classes: 10, ops: architecture.ops },
  };
}

/** Metrics of one pass. */
export interface SharedPassCase {
  /** Each with the places of its tasks among those of the subject. */
  readonly members: readonly { readonly one: MetricSpeedCase; readonly places: readonly number[] }[];
  /** That of the members, with the tasks of all, each once. */
  readonly subject: Subject;
}

/** The passes that more than one metric needs; those that go back for every image leave nothing to share. */
export function sharedPassCases(cases: readonly MetricSpeedCase[]): SharedPassCase[] {
  const byPass = new Map<string, MetricSpeedCase[]>();
  for (const one of cases) {
    if (PASSES_PER_IMAGE.includes(one.label)) continue;
    const key = JSON.stringify(one.metric.pass(one.settings));
    byPass.set(key, [...(byPass.get(key) ?? []), one]);
  }
  return [...byPass.values()].filter((members) => members.length > 1).map(sharedPass);
}

function sharedPass(cases: readonly MetricSpeedCase[]): SharedPassCase {
  const tasks: Task[] = [];
  const known = new Map<string, number>();
  const members = cases.map((one) => ({
    one,
    places: one.subject.tasks.map((task) => {
      const key = JSON.stringify(task);
      const place = known.get(key) ?? tasks.push(task) - 1;
      known.set(key, place);
      return place;
    }),
  }));
  // A member that needs no labels has none of its own.
  const classes = cases.find(({ subject }) => subject.classes !== null)?.subject.classes ?? null;
  return { members, subject: { ...cases[0]!.subject, classes, tasks } };
}
