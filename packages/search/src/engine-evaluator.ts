import type { ImageSource } from '@tenas/data';
import {
  type Draw,
  engineInfo,
  evaluateNtk,
  evaluateRegions,
  linearRegions,
  type MetricRequest,
  Programs,
  readInputs,
  settingError,
} from '@tenas/metrics';
import type { SearchSpace, Supernet } from '@tenas/spaces';
import type { EvaluationRequest, Evaluator } from './evaluator.js';
import type { FinalsSettings, PruningSettings } from './settings.js';

/** What the native engine evaluates on. */
export interface EngineEvaluatorOptions {
  readonly space: SearchSpace;
  readonly source: ImageSource;
  readonly settings: Pick<PruningSettings, 'ntk' | 'regions'> & Partial<Pick<PruningSettings, 'finals'>>;
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
  const finals = options.settings.finals ?? null;
  const programs = new Programs();
  const ntkSupernet = space.supernet(space.ntkNetwork(source));
  const regionSupernet = space.supernet(space.regionNetwork(source));
  // Built when first asked for: not every search has finals.
  let wholeRegions: Supernet | undefined;
  const finalsOf = (request: EvaluationRequest): FinalsSettings | null => {
    if (request.of !== 'finals') return null;
    if (finals === null) throw settingError('finals', finals, 'settings, as finals are evaluated');
    return finals;
  };

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

  // Inputs that are being read ahead, and for which draws.
  let ahead: { readonly key: string; readonly inputs: Promise<readonly Float32Array[]> } | undefined;

  return {
    engine: engineInfo(),
    expectRegions(numbers, signal) {
      const draws = numbers.map(({ batch, weights }): Draw => ({ seed, batch, weights }));
      const inputs = readInputs(linearRegions, { source, draws, settings: regionSettings, signal });
      // Whoever asks for the inputs hears of a failure; until then it is nobody's.
      inputs.catch(() => {});
      ahead = { key: JSON.stringify(numbers), inputs };
    },
    async ntk(request) {
      const { measurements } = await evaluateNtk({
        ...metricRequest(ntkSupernet, request),
        settings: finalsOf(request)?.ntk ?? ntkSettings,
      });
      return measurements.map((repeats) => repeats.map(({ outcome }) => outcome));
    },
    async regions(request) {
      const settings = finalsOf(request)?.regions;
      if (settings !== undefined) {
        const { crop } = settings;
        wholeRegions ??= space.supernet({
          ...space.regionNetwork(source),
          depth: -1,
          inputShape: [1, crop, crop],
        });
        const { measurements } = await evaluateRegions({ ...metricRequest(wholeRegions, request), settings });
        return measurements.map((repeats) => repeats.map(({ regions }) => regions));
      }
      const read = ahead?.key === JSON.stringify(request.draws) ? ahead : undefined;
      ahead = undefined;
      const { measurements } = await evaluateRegions({
        ...metricRequest(regionSupernet, request),
        settings: regionSettings,
        ...(read === undefined ? {} : { inputs: read.inputs }),
      });
      return measurements.map((repeats) => repeats.map(({ regions }) => regions));
    },
    [Symbol.dispose]() {
      programs.dispose();
    },
  };
}
