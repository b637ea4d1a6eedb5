import { settingError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import {
  conditionOutcome,
  type Draw,
  type EngineOptions,
  Evaluator as MetricEvaluator,
  ntk,
  regions,
  zen,
} from '@tenas/metrics';
import { requireSupernet, type Space } from '@tenas/spaces';
import type { EvaluationRequest, SupernetEvaluator } from './evaluator.js';
import { protocolNetworks } from './protocols/networks.js';
import type { FinalsSettings, PruningSettings } from './settings.js';

/** The inputs of the native engine. */
export interface EngineEvaluatorOptions extends EngineOptions {
  readonly space: Space;
  readonly source: ImageSource;
  readonly settings: Pick<PruningSettings, 'ntk' | 'regions'> & Partial<Pick<PruningSettings, 'finals'>>;
  readonly seed: number;
}

/**
 * An evaluator that runs the native engine on the space's supernets. Dispose it to free them.
 * @throws TenasError `SPACE_UNFIT` where the space has no supernet; NativeError `ADDON_MISSING`
 */
export function createEvaluator(options: EngineEvaluatorOptions): SupernetEvaluator {
  const { space, source, seed, threads, engine, device, isa, onNote } = options;
  const { weights: _ntk, ...ntkSettings } = options.settings.ntk;
  const { weights: _regions, ...regionSettings } = options.settings.regions;
  const finals = options.settings.finals ?? null;
  const supernets = requireSupernet(space, 'the pruning search');
  const networks = protocolNetworks(space.name, supernets);
  const evaluator = new MetricEvaluator({
    space,
    source,
    metrics: finals?.zen === undefined ? [] : [{ metric: zen, settings: finals.zen }],
    ...{ threads, engine, device, isa, onNote },
  });
  const finalsOf = (of: EvaluationRequest['of']): FinalsSettings | null => {
    if (of !== 'finals') return null;
    if (finals === null) throw settingError('finals', finals, 'settings, as finals are evaluated');
    return finals;
  };
  const drawsOf = (draws: EvaluationRequest['draws']) =>
    draws.map(({ batch, weights }): Draw => ({ seed, batch, weights }));
  const regionsOf = (of: EvaluationRequest['of']) => {
    const settings = finalsOf(of)?.regions;
    return settings === undefined
      ? { settings: regionSettings, size: networks.regions(source) }
      : { settings, size: networks.wholeRegions(source, settings.crop) };
  };

  return {
    expectRegions({ of, draws, signal }) {
      if (draws.length === 0) return;
      evaluator.expect(regions, { draws: drawsOf(draws), ...regionsOf(of), signal });
    },
    async ntk({ of, candidates, draws, signal, onProgress }) {
      const answers = await evaluator.answers(ntk, {
        domains: candidates,
        draws: drawsOf(draws),
        settings: finalsOf(of)?.ntk ?? ntkSettings,
        size: networks.ntk(source),
        signal,
        onProgress,
      });
      return answers.map((repeats) => repeats.map(([{ eigenvalues }]) => conditionOutcome(eigenvalues)));
    },
    async zen({ of, candidates, draws, signal, onProgress }) {
      if (finalsOf(of)?.zen === undefined) throw settingError('finals.zen', undefined, 'settings');
      const architectures = candidates.map((candidate) => supernets.architectureOf(candidate));
      const scored = await evaluator.score(architectures, { draws: drawsOf(draws), signal, onProgress });
      return scored.map(({ scores }) => scores[zen.name]!.repeats);
    },
    async regions({ of, candidates, draws, signal, onProgress }) {
      const answers = await evaluator.answers(regions, {
        domains: candidates,
        draws: drawsOf(draws),
        ...regionsOf(of),
        signal,
        onProgress,
      });
      return answers.map((repeats) => repeats.map(([answer]) => answer.regions));
    },
    [Symbol.dispose]() {
      evaluator[Symbol.dispose]();
    },
  };
}
