import { isRecord } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { type ImageSource, splitSource } from '@tenas/data';
import {
  type ChosenMetric,
  chooseMetrics,
  Evaluator,
  type MetricChoice,
  standsForSeveral,
} from '@tenas/metrics';
import { fieldOfScoreV1, metricsOfScoreV1, type NamedMetric } from '@tenas/records';
import { requireNeeds, type Strategy, unusedLatencyModel, usesLatency } from '@tenas/search';
import type { Space } from '@tenas/spaces';
import { sizeToTrain } from '@tenas/train';
import { listed } from './architecture-list.js';
import type { SpecDatasets } from './datasets.js';
import { plugInsAmong } from './plug-in-check.js';
import type { PlugIns } from './plug-ins.js';
import { sectionBounds, sectionLatency, taskLatency } from './search-bounds.js';
import { requireSettings, type SearchVariant, searchVariants } from './search-variants.js';
import { type SectionRecipe, sectionRecipes } from './section-recipes.js';
import { inSpec, inSpecLater, type SpecPlace } from './spec/in-spec.js';
import type { ReadSpec, SpecPath } from './spec/read-spec.js';
import type { ScoreSection, SearchSection, SpecMetric, TrainSection } from './spec/schema.js';
import { SpecMistakes } from './spec/spec-mistakes.js';
import {
  resultsVersion,
  type ScoreTask,
  type SearchTask,
  type Settings,
  type Task,
  type TrainTask,
} from './tasks.js';

/** A job of a plan: one row of the results. */
export interface PlannedJob {
  readonly seed: number;
  /** The architecture of a score or training; null for a search. */
  readonly architecture: string | null;
  /** The architecture that is evaluated for it: isomorphic cells have one in common. */
  readonly evaluated: string | null;
}

/** Jobs with the same settings. */
export interface PlannedTask {
  readonly task: Task;
  /** Jobs as the spec counts them; the same job twice counts twice. */
  readonly count: number;
  /** Made while they are read: a list of any length takes no memory. */
  jobs(): Generator<PlannedJob>;
}

/** Everything that a spec refers to. */
export interface PlanSources {
  readonly datasets: SpecDatasets;
  /** Loads the files that the spec names. */
  readonly plugIns: PlugIns;
}

/**
 * Plans the jobs of a spec.
 * @throws TenasError `SPEC_INVALID` naming the field, of every mistake in parts that do not depend on each other; those of
 * datasets
 */
export async function planBatch(read: ReadSpec, sources: PlanSources): Promise<PlannedTask[]> {
  const mistakes = new SpecMistakes(read);
  const { search = [], score = [], train = [] } = read.spec;
  const planOf = (...path: SpecPath) => new SectionPlan(read, sources, mistakes, path);
  const plans: (SectionTasks | null)[] = [];
  for (const [index, section] of search.entries()) {
    plans.push(await planOf('search', index).searches(section));
  }
  for (const [index, section] of score.entries()) plans.push(await planOf('score', index).scores(section));
  for (const [index, section] of train.entries()) {
    plans.push(await planOf('train', index).trainings(section));
  }
  // Before any dataset is opened, which may take minutes.
  mistakes.require();
  const planned = await mistakes.gatherAll(plans, async (tasks) => (await tasks?.()) ?? []);
  mistakes.require();
  return planned?.flat() ?? [];
}

/** Makes the tasks of a section whose names are known to be right. */
type SectionTasks = () => Promise<PlannedTask[]>;

/** The tasks of one section. */
class SectionPlan {
  readonly #read: ReadSpec;
  readonly #sources: PlanSources;
  readonly #mistakes: SpecMistakes;
  readonly #path: SpecPath;

  constructor(read: ReadSpec, sources: PlanSources, mistakes: SpecMistakes, path: SpecPath) {
    this.#read = read;
    this.#sources = sources;
    this.#mistakes = mistakes;
    this.#path = path;
  }

  async searches(section: SearchSection): Promise<SectionTasks | null> {
    const { plugIns } = this.#sources;
    const { metrics: named } = section;
    // Metrics first: a strategy of the user's own may name them as its default.
    const own =
      named === undefined
        ? null
        : await this.#mistakes.gather(() => this.#metrics(named, metricPlace(named)));
    const strategy = await this.#mistakes.gather(() =>
      this.#named(['strategy'], (place) => plugIns.strategy(section.strategy, place)),
    );
    if (strategy !== undefined) {
      await this.#mistakes.gather(() => requireSettings(this.#read, this.#path, section, strategy));
    }
    const spaces = await this.#spaces(section);
    await this.#requireDatasets(section);
    if (own === undefined || strategy === undefined || spaces === undefined) return null;
    return () => this.#searches(section, { strategy, spaces, own });
  }

  async #searches(
    section: SearchSection,
    known: {
      readonly strategy: Strategy;
      readonly spaces: readonly Space[];
      readonly own: readonly ChosenMetric[] | null;
    },
  ): Promise<PlannedTask[]> {
    const { strategy, spaces } = known;
    const metrics = known.own ?? chooseMetrics(strategy.metrics);
    const planned: PlannedTask[] = [];
    for (const space of spaces) {
      const latency = await sectionLatency(section, space, this.#place(['latencyModel']));
      for (const { source, reference } of await this.#datasets(section)) {
        this.#checkNeeds(metrics, space, source);
        const variants = searchVariants(this.#read, this.#path, section, {
          strategy,
          space,
          source,
          metrics,
          latency,
        });
        for (const { settings } of variants) {
          inSpec(this.#place(['strategy']), () => requireNeeds(strategy, { space, source, settings }));
        }
        const bounds = { space, images: source, latency };
        const constraints = sectionBounds(section, bounds, this.#place(['constraints']));
        const predicts = ({ completed }: SearchVariant) => usesLatency(constraints, completed);
        if (latency !== undefined && !variants.some(predicts)) {
          inSpec(this.#place(['latencyModel']), () => {
            throw unusedLatencyModel('latencyModel', section.latencyModel!);
          });
        }
        for (const variant of variants) {
          const { settings, stages } = variant;
          const task: SearchTask = {
            kind: 'search',
            results: resultsVersion(),
            space: space.name,
            dataset: reference,
            strategy: strategy.name,
            settings,
            ...(constraints.length === 0 ? {} : { constraints }),
            ...(latency !== undefined && predicts(variant) ? { latency: taskLatency(latency) } : {}),
            metrics: metrics.map(taskMetric),
            plugins: this.#plugIns(space, [...metrics, ...stages.flat()], strategy),
          };
          planned.push({
            task,
            count: section.seeds.length,
            *jobs() {
              for (const seed of section.seeds) yield { seed, architecture: null, evaluated: null };
            },
          });
        }
      }
    }
    return planned;
  }

  async scores(section: ScoreSection): Promise<SectionTasks | null> {
    const metrics = await this.#mistakes.gather(() =>
      section.metrics === undefined
        ? this.#metrics(metricsOfScoreV1(section), placeOfV1)
        : this.#metrics(section.metrics, metricPlace(section.metrics)),
    );
    const spaces = await this.#spaces(section);
    await this.#requireDatasets(section);
    if (metrics === undefined || spaces === undefined) return null;
    return () => this.#scores(section, metrics, spaces);
  }

  async #scores(
    section: ScoreSection,
    metrics: readonly ChosenMetric[],
    spaces: readonly Space[],
  ): Promise<PlannedTask[]> {
    const planned: PlannedTask[] = [];
    for (const space of spaces) {
      const list = listed(this.#read, space, section, this.#path);
      const evaluated = evaluatedFor(space, section);
      for (const { source, reference } of await this.#datasets(section)) {
        this.#checkNeeds(metrics, space, source);
        const task: ScoreTask = {
          kind: 'score',
          results: resultsVersion(),
          space: space.name,
          dataset: reference,
          repeats: section.repeats,
          isomorphic: section.isomorphic,
          metrics: metrics.map(taskMetric),
          plugins: this.#plugIns(space, metrics),
        };
        planned.push({
          task,
          count: list.count * section.seeds.length,
          *jobs() {
            for (const seed of section.seeds) {
              for (const architecture of list.architectures()) {
                yield { seed, architecture: space.format(architecture), evaluated: evaluated(architecture) };
              }
            }
          },
        });
      }
    }
    return planned;
  }

  async trainings(section: TrainSection): Promise<SectionTasks | null> {
    const spaces = await this.#spaces(section);
    await this.#requireDatasets(section);
    const trained = await this.#mistakes.gatherAll(spaces ?? [], (space) => ({
      space,
      recipes: sectionRecipes(this.#read, this.#path, section, space),
    }));
    if (spaces === undefined || trained === undefined) return null;
    return () => this.#trainings(section, trained);
  }

  async #trainings(
    section: TrainSection,
    trained: readonly { readonly space: Space; readonly recipes: readonly SectionRecipe[] }[],
  ): Promise<PlannedTask[]> {
    const planned: PlannedTask[] = [];
    for (const { space, recipes } of trained) {
      const list = listed(this.#read, space, section, this.#path);
      for (const { images, reference } of await this.#labelled(section)) {
        for (const network of this.#networks(section, space, images.whole)) {
          for (const { recipe, epochs, batchSize } of recipes) {
            const task: TrainTask = {
              kind: 'train',
              results: resultsVersion(),
              space: space.name,
              dataset: reference,
              ...{ recipe, epochs, batchSize, network, validation: section.validation },
              metrics: [],
              plugins: this.#plugIns(space, []),
            };
            planned.push({
              task,
              count: list.count * section.seeds.length,
              *jobs() {
                for (const seed of section.seeds) {
                  for (const architecture of list.architectures()) {
                    const text = space.format(architecture);
                    yield { seed, architecture: text, evaluated: text };
                  }
                }
              },
            });
          }
        }
      }
    }
    return planned;
  }

  /** The sizes of a section's networks, each tried on one architecture. */
  #networks({ channels, cells }: TrainSection, space: Space, images: ImageSource): Settings[] {
    return (channels ?? [undefined]).flatMap((C, channelIndex) =>
      (cells ?? [undefined]).map((N, cellIndex) => {
        const within = ([field]: SpecPath): SpecPath => {
          if (field === 'C') return ['channels', channelIndex];
          return field === 'N' ? ['cells', cellIndex] : [];
        };
        return inSpec(this.#place([], within), () => {
          const size = sizeToTrain(space, images, { channels: C, cells: N });
          space.network(space.parse(space.example), size);
          return { ...size };
        });
      }),
    );
  }

  async #labelled({ datasets, images: most, validation }: TrainSection) {
    const opened = [];
    for (const [index, name] of datasets.entries()) {
      const place = this.#place(['datasets', index]);
      const labelled = await inSpecLater(place, () =>
        this.#sources.datasets.openLabelled(name, most, place.path),
      );
      if (validation > 0) {
        await inSpecLater(this.#place(['validation']), () =>
          splitSource(labelled.images.whole, { seed: 0, validation }),
        );
      }
      opened.push(labelled);
    }
    return opened;
  }

  async #spaces({ spaces }: { readonly spaces: readonly string[] }): Promise<readonly Space[] | undefined> {
    const { plugIns } = this.#sources;
    return await this.#mistakes.gatherAll(spaces, (name, index) =>
      this.#named(['spaces', index], (place) => plugIns.space(name, place)),
    );
  }

  async #requireDatasets({ datasets }: { readonly datasets: readonly string[] }): Promise<void> {
    await this.#mistakes.gatherAll(datasets, (name, index) =>
      this.#sources.datasets.requireNamed(name, [...this.#path, 'datasets', index]),
    );
  }

  async #datasets({ datasets }: { readonly datasets: readonly string[] }) {
    const opened = [];
    for (const [index, name] of datasets.entries()) {
      opened.push(await this.#sources.datasets.open(name, [...this.#path, 'datasets', index]));
    }
    return opened;
  }

  /** @param placeOf where the spec has the metric of an index, and its setting */
  async #metrics(named: readonly NamedMetric[], placeOf: MetricPlace): Promise<readonly ChosenMetric[]> {
    const { plugIns } = this.#sources;
    const choices: MetricChoice[] = [];
    for (const [index, { name, settings }] of named.entries()) {
      if (standsForSeveral(name)) {
        const several = { metric: name, settings: isRecord(settings) ? settings : {} };
        const within = ([, ...setting]: SpecPath) => placeOf(index, setting);
        inSpec(this.#place([], within), () => chooseMetrics([several]));
        choices.push(several);
        continue;
      }
      const metric = await this.#named(placeOf(index, []), (place) => plugIns.metric(name, place));
      const within = ([, ...setting]: SpecPath) => placeOf(index, setting);
      const read = inSpec(this.#place([], within), () =>
        readSettings(metric.name, metric.settings, settings),
      );
      choices.push({ metric, settings: read });
    }
    return inSpec(this.#place(['metrics']), () => chooseMetrics(choices));
  }

  /** Before any work: whether the dataset and the space have what the metrics need. */
  #checkNeeds(metrics: readonly ChosenMetric[], space: Space, source: ImageSource): void {
    inSpec(this.#place(['metrics']), () => new Evaluator({ space, source, metrics })[Symbol.dispose]());
  }

  #plugIns(space: Space, metrics: readonly ChosenMetric[], strategy?: Strategy) {
    return plugInsAmong(this.#sources.plugIns.recorded(), {
      space: [space.name],
      metric: metrics.map(({ metric }) => metric.name),
      strategy: strategy === undefined ? [] : [strategy.name],
    });
  }

  /** The space, metric or strategy that a field names, by a name or by a file beside the spec. */
  #named<T>(
    field: SpecPath,
    load: (place: { readonly field: string; readonly folder: string }) => Promise<T>,
  ): Promise<T> {
    const { folder } = this.#read;
    return inSpecLater(this.#place(field), () => load({ field: String(field[0]), folder }));
  }

  #place(field: SpecPath, within?: SpecPlace['within']): SpecPlace {
    return { read: this.#read, path: [...this.#path, ...field], within };
  }
}

/** The field of a metric, by its index in the section, and of its setting. */
type MetricPlace = (index: number, setting: SpecPath) => SpecPath;

function metricPlace(named: readonly SpecMetric[]): MetricPlace {
  return (index, setting) =>
    setting.length === 0 ? ['metrics', index] : ['metrics', index, named[index]!.name, ...setting];
}

const placeOfV1: MetricPlace = (index, setting) => fieldOfScoreV1(metricsOfScoreV1({})[index]!.name, setting);

function taskMetric({ metric, settings }: ChosenMetric) {
  return { name: metric.name, settings: { ...settings } };
}

function evaluatedFor(space: Space, section: ScoreSection): (architecture: object) => string {
  const { isomorphism } = space;
  if (isomorphism === undefined || section.isomorphic === 'each')
    return (architecture) => space.format(architecture);
  return (architecture) => space.format(isomorphism.representative(architecture));
}
