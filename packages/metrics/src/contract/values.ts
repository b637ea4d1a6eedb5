import { readSettings } from '@tenas/base/settings';
import { graphCost } from '@tenas/graph';
import { NOT_FINITE } from '../evaluator/scores.js';
import {
  type Failure,
  isProbing,
  isTraining,
  type Metric,
  type ProbingMetric,
  type ShortlyTrained,
  type TrainingMetric,
} from '../metric.js';
import type { MetricCheck } from './check.js';
import { MOODS, type Mood, madeAnswer, madeWeights } from './made-answers.js';
import { ensure, ensurePlain, ensureSame } from './problem.js';
import { smallSpace } from './small-space.js';

const IMAGES = { classes: 10, height: 8, width: 8 };

function ensureValue(metric: Metric, value: unknown, what: string): asserts value is number | Failure {
  const reasons = [NOT_FINITE, ...Object.keys(metric.failures ?? {})];
  if (typeof value === 'object' && value !== null && 'failure' in value) {
    ensure(
      typeof value.failure === 'string' && reasons.includes(value.failure),
      `${what}: the failure ${JSON.stringify(value.failure)} must be one of those in \`failures\``,
      value,
    );
    return;
  }
  ensure(
    typeof value === 'number' && !Number.isNaN(value),
    `${what}: must be a number or {failure: reason}, never NaN; got ${String(value)}`,
    value,
  );
}

/** A small network to make answers for. */
function smallGraph(metric: ProbingMetric, settings: object) {
  const pass = metric.pass(settings);
  const space = smallSpace({ supernet: false });
  const usual = (space.sizes[pass.network] ?? space.sizes.proxy)(IMAGES);
  const crop = pass.inputs.kind === 'crops' ? pass.inputs.crop : null;
  const size = crop === null ? usual : { ...usual, inputShape: [1, crop, crop] as const };
  return { pass, graph: space.network(space.parse(space.example), size) };
}

function made(metric: ProbingMetric, mood: Mood) {
  const settings = readSettings(metric.name, metric.settings);
  const { pass, graph } = smallGraph(metric, settings);
  const answers = metric.tasks(settings, graph).map((task) => madeAnswer(task, { pass, graph, mood }));
  const samples = (pass.batches ?? 1) * pass.batchSize;
  const labels = Int32Array.from({ length: samples }, (_, place) => place % IMAGES.classes);
  const about = {
    settings,
    graph,
    coefficients: new Float64Array(graph.slots.length).fill(1),
    labels: metric.needs.includes('labels') ? labels : undefined,
    weights: () => madeWeights(graph, mood),
  };
  return { answers, about };
}

/** Networks that learned, that learned nothing, and whose loss grew beyond all bounds. */
function trainedNetworks(metric: TrainingMetric): ShortlyTrained[] {
  const settings = readSettings(metric.name, metric.settings);
  const { epochs, validation } = metric.training(settings);
  const network = (loss: (epoch: number) => number, accuracy: number): ShortlyTrained => ({
    settings,
    losses: Array.from({ length: epochs }, (_, epoch) => loss(epoch)),
    accuracy: validation === 0 ? null : accuracy,
  });
  return [
    network((epoch) => 2 / (epoch + 1), 0.5),
    network(() => Math.log(IMAGES.classes), 0),
    network(() => 0, 1),
    network(() => Number.MAX_VALUE, 0),
  ];
}

/** Checks the values that a metric makes of answers. */
export function valueChecks(metric: Metric): MetricCheck[] {
  const check = (name: string, run: () => void): MetricCheck => ({ name, quick: true, run });
  return [
    check('asks for tasks that are plain data and the same every time', () => {
      if (!isProbing(metric)) return;
      const settings = readSettings(metric.name, metric.settings);
      const { graph } = smallGraph(metric, settings);
      const tasks = metric.tasks(settings, graph);
      ensure(Array.isArray(tasks), 'tasks must be a list', tasks);
      ensurePlain(tasks, 'tasks', { hold: 'numbers' });
      ensureSame(tasks, metric.tasks(settings, graph), 'tasks must depend on settings and graph alone');
    }),
    check('gives a number or a reason, also of a network that died or overflowed', () => {
      if (isProbing(metric)) {
        for (const mood of MOODS) {
          const { answers, about } = made(metric, mood);
          ensureValue(
            metric,
            metric.value(answers, about),
            `the value where the engine's numbers are ${mood}`,
          );
        }
        return;
      }
      if (isTraining(metric)) {
        for (const trained of trainedNetworks(metric)) {
          ensureValue(metric, metric.learned(trained), `the value where the losses are ${trained.losses}`);
        }
        return;
      }
      const space = smallSpace({ supernet: false });
      const architecture = space.parse(space.example);
      const graph = () => space.network(architecture, space.sizes.final(IMAGES));
      const settings = readSettings(metric.name, metric.settings);
      const skipSpans = () => space.skipSpans?.(architecture) ?? null;
      ensureValue(
        metric,
        metric.count({ settings, cost: graphCost(graph()), graph, skipSpans }),
        'the count',
      );
    }),
    check('combines repeats, failed ones included', () => {
      const settings = readSettings(metric.name, metric.settings);
      for (const repeats of [[3], [1, 2, 3], [null], [null, 2, 3], [null, null]]) {
        const combined: unknown = metric.combine?.(repeats, settings) ?? null;
        ensure(
          combined === null || (typeof combined === 'number' && !Number.isNaN(combined)),
          `combine(${JSON.stringify(repeats)}) must be a number or null, got ${String(combined)}`,
          combined,
        );
      }
    }),
    check('tells its detail as plain data', () => {
      if (isTraining(metric)) {
        const detail = metric.detail?.(trainedNetworks(metric)[0]!);
        if (detail !== undefined) ensurePlain(detail, 'detail');
        return;
      }
      if (!isProbing(metric) || metric.detail === undefined) return;
      const { answers, about } = made(metric, 'sound');
      ensurePlain(metric.detail(answers, about), 'detail');
    }),
  ];
}
