import type { ImageSource } from '@tenas/data';
import {
  type Draw,
  engineInfo,
  evaluateNtk,
  evaluateRegions,
  type MetricRequest,
  Programs,
} from '@tenas/metrics';
import type { SearchSpace, Supernet } from '@tenas/spaces';
import type { EvaluationRequest, Evaluator } from './evaluator.js';
import type { PruningSettings } from './settings.js';

/** What the native engine evaluates on. */
export interface EngineEvaluatorOptions {
  readonly space: SearchSpace;
  readonly source: ImageSource;
  readonly settings: Pick<PruningSettings, 'ntk' | 'regions'>;
  readonly seed: number;
  /** Default: all of the machine's. */
  readonly threads?: number;
  /** `fast` (default) or the plain loops in double. */
  readonly engine?: 'fast' | 'reference';
}

/**
 * An evaluator that runs the native engine on the space's supernets. Dispose it to free them.
 * @throws NativeError `ADDON_MISSING`, `GRAPH_INVALID`, `GRAPH_TOO_LARGE`
 */
export function createEvaluator(options: EngineEvaluatorOptions): Evaluator {
  const { space, source, seed, threads, engine } = options;
  const { weights: _ntk, ...ntkSettings } = options.settings.ntk;
  const { weights: _regions, ...regionSettings } = options.settings.regions;
  const programs = new Programs();
  const ntkSupernet = space.supernet(space.ntkNetwork(source));
  const regionSupernet = space.supernet(space.regionNetwork(source));

  const metricRequest = (
    supernet: Supernet,
    request: EvaluationRequest,
  ): Omit<MetricRequest<never>, 'settings'> => {
    const { candidates, draws, signal, onProgress } = request;
    return {
      program: programs.of(supernet.graph),
      source,
      candidates: candidates.map((active) => supernet.coefficients(active)),
      draws: draws.map(({ batch, weights }): Draw => ({ seed, batch, weights })),
      ...(threads === undefined ? {} : { threads }),
      ...(engine === undefined ? {} : { engine }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    };
  };

  return {
    engine: engineInfo(),
    async ntk(request) {
      const { measurements } = await evaluateNtk({
        ...metricRequest(ntkSupernet, request),
        settings: ntkSettings,
      });
      return measurements.map((repeats) => repeats.map(({ outcome }) => outcome));
    },
    async regions(request) {
      const { measurements } = await evaluateRegions({
        ...metricRequest(regionSupernet, request),
        settings: regionSettings,
      });
      return measurements.map((repeats) => repeats.map(({ regions }) => regions));
    },
    [Symbol.dispose]() {
      programs.dispose();
    },
  };
}
