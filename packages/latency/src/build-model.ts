import { RandomStream, TenasError } from '@tenas/base';
import {
  LATENCY_MODEL_VERSION,
  type LatencyModel,
  type LatencySetup,
  predictedLatency,
} from '@tenas/records';
import { type Choices, isConnected, type Space } from '@tenas/spaces';
import { checkPredictions } from './check-predictions.js';
import type { DeviceRow } from './device-table.js';
import { choiceCosts, fitLatencyTable, orNull } from './fit-table.js';

/** A network whose latency is known. */
interface Known {
  readonly architecture: object;
  readonly choices: Choices;
  readonly ms: number;
}

/** Networks of a large table: to fit on if nothing else is said, and to check on. */
const MOST_FITTED = 1000;
const MOST_CHECKED = 1000;

/** Where the latencies of a model are from. */
export type ModelSource =
  | { readonly measured: LatencySetup; readonly size: object }
  | { readonly table: { readonly file: string; readonly column: string } };

/**
 * Fits an additive model on some of the known latencies and checks it on the others. Networks whose output does not
 * depend on their input, and those that the decisions of the space cannot make, are left out.
 *
 * @param rows latencies of architectures
 * @param options.networks to fit on, drawn by the seed; default: four in five, at most 1,000. Of the others, up to 1,000
 *   check the model
 * @throws TenasError LATENCY_TOO_FEW
 */
export function buildLatencyModel(
  space: Space,
  rows: readonly Pick<DeviceRow, 'architecture' | 'ms'>[],
  options: {
    readonly source: ModelSource;
    readonly device: string;
    readonly networks?: number | undefined;
    readonly seed?: number | undefined;
    readonly warnings?: readonly string[] | undefined;
  },
): LatencyModel {
  const order = new RandomStream('latency model', options.seed ?? 0).sample(rows.length, rows.length);
  const wanted = options.networks ?? Math.min(MOST_FITTED, Math.ceil(rows.length * 0.8));
  const known: Known[] = [];
  let disconnected = 0;
  for (const place of order) {
    if (known.length === wanted + MOST_CHECKED) break;
    const { architecture, ms } = rows[place]!;
    const choices = orNull(() => space.choicesOf(architecture));
    if (choices === null) continue;
    if (isConnected(space, architecture)) known.push({ architecture, choices, ms });
    else disconnected++;
  }
  const [samples, others] = [known.slice(0, wanted), known.slice(wanted)];
  const first = samples[0];
  if (first === undefined) {
    throw new TenasError('LATENCY_TOO_FEW', 'networks: there is no latency of a network to fit a model on', {
      field: 'networks',
      value: rows.length,
    });
  }
  const { source } = options;
  const size =
    'size' in source
      ? source.size
      : space.sizes.final({ name: 'cifar10', classes: 10, height: 32, width: 32 });
  const { fixed, decisions, ridge, unseen } = fitLatencyTable(
    space.decisions,
    samples,
    choiceCosts(space, first.architecture, size),
  );
  const model: LatencyModel = {
    kind: 'latency-model',
    latencyModelVersion: LATENCY_MODEL_VERSION,
    space: space.name,
    unit: 'ms',
    device: options.device,
    measured: 'size' in source ? { ...source.measured, network: { ...source.size } } : null,
    table: 'table' in source ? source.table : null,
    fixed,
    ...leastOf(samples),
    decisions,
    fit: { networks: samples.length, disconnected, unseen, ridge },
    check: null,
    warnings: options.warnings ?? [],
  };
  const pairs = others.map(({ choices, ms }) => ({
    predicted: predictedLatency(model, choices),
    measured: ms,
  }));
  return pairs.length === 0 ? model : { ...model, check: checkPredictions(pairs) };
}

/** The lower end of predictions; none where no latency is above 0. */
function leastOf(samples: readonly Known[]): Pick<LatencyModel, 'least'> {
  const above = samples.map(({ ms }) => ms).filter((ms) => ms > 0);
  return above.length === 0 ? {} : { least: Math.min(...above) };
}

/**
 * Architectures to measure for a model: drawn at random, each once, connected, and made by the decisions of the space.
 * Fewer where the space is small.
 */
export function architecturesToMeasure(space: Space, count: number, seed: number): object[] {
  const found = new Map<string, object>();
  // A small space repeats itself, and some draws are not connected.
  for (const architecture of space.sample({ count: 4 * count, seed })) {
    if (found.size === count) break;
    const text = space.format(architecture);
    if (found.has(text) || orNull(() => space.choicesOf(architecture)) === null) continue;
    if (isConnected(space, architecture)) found.set(text, architecture);
  }
  return [...found.values()];
}

/** Networks that a model of a space is fitted on if nothing else is said: two for each number in it, at most 160. */
export function defaultNetworks(space: Space): number {
  const numbers = 1 + space.decisions.reduce((sum, { choices }) => sum + choices.length - 1, 0);
  return Math.min(160, Math.max(48, 2 * numbers + 10));
}
