import { mean, plural } from '@tenas/base';
import type { StagedDetail } from '@tenas/records';
import type { Choices, Decision } from '@tenas/spaces';
import type { Ask } from '../ask.js';
import { canonicalKey } from '../canonical-key.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Found } from '../strategy.js';
import { SupernetInTraining } from '../supernet-training/supernet-in-training.js';
import type { Candidate } from './bounded-evolution.js';
import { budgetOf } from './budget.js';
import { BinnedPaths, layerSupernet } from './layer-supernet.js';
import { keptDecisions, scoreOperators } from './operators.js';
import { type HurricaneSettings, LABEL_SMOOTHING, requireLatency } from './settings.js';
import { type Stage, searchByStages, stagesOf } from './stages.js';
import { withinReach } from './within-reach.js';

type StageDetail = StagedDetail['stages'][number];

/**
 * The search of HURRICANE. Resumed, it begins again: same seed, same bits.
 *
 * @throws TenasError `BUDGET_INFEASIBLE`, `SETTING_INVALID` for latency without a model; those of the training
 */
export async function searchHurricane(ask: Ask, settings: HurricaneSettings): Promise<Found> {
  const { space, source } = ask;
  const shortlist = new Shortlist(ask, settings, { repeats: 1 });
  const latency = requireLatency(settings, ask);
  const budget = budgetOf(space, source, { latency, bound: settings.bound }, ask.random('budget'));
  const costs = space.costs(space.sizes.final(source));
  const layers = scoreOperators(
    space.decisions,
    (choices) => costs.of(space.fromChoices(choices)),
    budget.costOf,
    settings.operators,
  );
  const best = keptDecisions(space.decisions, layers);
  const keptOf = new Map(best.map(({ name, choices }) => [name, choices]));
  const reach = withinReach(ask, budget, (decision, choice) => keptOf.get(decision)!.includes(choice));
  // The operators of one network within the constraints stay, whatever their scores.
  const decisions = space.decisions.map((decision) => ({
    ...decision,
    choices: decision.choices.filter(
      (choice) => keptOf.get(decision.name)!.includes(choice) || reach?.choices[decision.name] === choice,
    ),
  }));
  const stages = stagesOf(decisions, settings, settings.generations);
  const textOf = (choices: Choices) => space.format(space.fromChoices(choices));
  const detail: StageDetail[] = [];
  ask.describe((): StagedDetail => {
    const { bound, unit, latency } = budget;
    return { bound, unit, latency, layers, stages: detail };
  });
  const planOf = (left: readonly Stage[]) =>
    shortlist.planned({
      steps: left.flatMap(({ generations }) => [settings.epochs, generations]),
      cost: 1,
      text: `${plural(stages.length, 'stage')} of ${plural(settings.epochs, 'epoch')} and an evolution, at most ${amountText(budget.bound)} ${budget.unit}`,
    });
  ask.plan(planOf(stages));

  const results = await searchByStages(
    {
      decisions,
      ...budget,
      keyOf: (choices) => canonicalKey(space, space.fromChoices(choices)),
      random: ask.random('evolution'),
      reach,
      evolve: async (stage, domain, run) => {
        ask.plan(planOf(stages.slice(detail.length)));
        await using training = await openStage(ask, settings, domain);
        const loss = await trainStage(ask, training, { stage, domain, settings });
        return await ask.step(`${stage.name} layers: evolution`, async ({ tell }) => {
          const candidates = await run({
            async evaluate(some) {
              const outcomes = await training.evaluate(
                some.map((choices) => training.paths.ofChoices(choices)),
                { statistics: settings.statistics, batches: settings.statisticsBatches },
              );
              return outcomes.map(({ accuracy }) => accuracy);
            },
            onGeneration(generation, so) {
              const { choices, ...best } = so[0]!;
              tell({
                done: generation + 1,
                bestChoices: choices,
                text: `${plural(so.length, 'candidate')}, the best ${candidateText(best, budget.unit)}`,
              });
            },
          });
          detail.push({
            name: stage.name,
            searched: [...stage.searched],
            loss,
            candidates: candidates.map(({ choices, ...rest }) => ({
              architecture: textOf(choices),
              ...rest,
            })),
          });
          return candidates;
        });
      },
    },
    stages,
    settings,
  );
  const last = results.at(-1)!.candidates;
  const found = (choices: Choices): Found => ({ architecture: space.fromChoices(choices) });
  return await shortlist.best(found(last[0]!.choices), () => last.map(({ choices }) => found(choices)));
}

async function openStage(
  ask: Ask,
  settings: HurricaneSettings,
  domain: readonly Decision[],
): Promise<SupernetInTraining> {
  const { space, source } = ask;
  return await SupernetInTraining.open({
    ...{ space, source, seed: ask.seed, signal: ask.signal, engine: ask.engine },
    settings: { ...settings, cells: 1 },
    supernet: layerSupernet(space, source, domain, {
      channels: settings.channels,
      full: settings.preset === 'published',
    }),
    loss: { kind: 'cross-entropy', labelSmoothing: LABEL_SMOOTHING },
    ratePer: 'step',
  });
}

/** Trains the supernet of a stage on one path per batch. @returns the mean loss of the last epoch */
async function trainStage(
  ask: Ask,
  training: SupernetInTraining,
  about: {
    readonly stage: Stage;
    readonly domain: readonly Decision[];
    readonly settings: HurricaneSettings;
  },
): Promise<number> {
  const { stage, domain, settings } = about;
  const { space, source } = ask;
  const costs = space.costs(space.sizes.proxy(source));
  const paths = new BinnedPaths(domain, {
    macsOf: (choices) => costs.of(space.fromChoices(choices)).macs,
    random: ask.random(`paths of ${stage.name} layers`),
    bins: settings.bins,
  });
  return await ask.step(`${stage.name} layers: training`, async ({ tell }) => {
    let losses: number[] = [];
    for (let epoch = 0; epoch < settings.epochs; epoch++) {
      losses = [];
      for (let step = 0; step < training.stepsPerEpoch; step++) {
        losses.push((await training.trainStep(training.paths.ofChoices(paths.next()))).loss);
        tell({ done: epoch + (step + 1) / training.stepsPerEpoch });
      }
      tell({ done: epoch + 1, text: `loss ${mean(losses).toFixed(3)}` });
    }
    return mean(losses);
  });
}

function amountText(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function candidateText({ accuracy, cost }: Omit<Candidate, 'choices'>, unit: string): string {
  return `${(100 * accuracy).toFixed(1)} % at ${amountText(cost)} ${unit}`;
}
