import { settingError } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import {
  type Device,
  type Draw,
  engineInfo,
  evaluateNtk,
  evaluateRegions,
  linearRegions,
  type MetricRequest,
  ntk,
  Programs,
  readInputs,
} from '@tenas/metrics';
import { requireSupernet, type Space, type Supernet } from '@tenas/spaces';
import type { EvaluationRequest, Evaluator } from './evaluator.js';
import { protocolNetworks } from './protocols/networks.js';
import type { FinalsSettings, PruningSettings } from './settings.js';

/** What the native engine evaluates on. */
export interface EngineEvaluatorOptions {
  readonly space: Pick<Space, 'name' | 'supernet'>;
  readonly source: ImageSource;
  readonly settings: Pick<PruningSettings, 'ntk' | 'regions'> & Partial<Pick<PruningSettings, 'finals'>>;
  readonly seed: number;
  /** Default: all of the machine's. */
  readonly threads?: number;
  /** `fast` (default) or the plain loops in double. */
  readonly engine?: 'fast' | 'reference';
  /** Default `auto`: a CUDA device if there is one, else the CPU. */
  readonly device?: Device;
}

/**
 * An evaluator that runs the native engine on the space's supernets. Dispose it to free them.
 * @throws TenasError `SPACE_UNFIT` where the space has no supernet; NativeError `ADDON_MISSING`, `GRAPH_INVALID`, `GRAPH_TOO_LARGE`
 */
export function createEvaluator(options: EngineEvaluatorOptions): Evaluator {
  const { space, source, seed, threads, engine, device } = options;
  const { weights: _ntk, ...ntkSettings } = options.settings.ntk;
  const { weights: _regions, ...regionSettings } = options.settings.regions;
  const finals = options.settings.finals ?? null;
  const programs = new Programs();
  const supernets = requireSupernet(space, 'the pruning search');
  const networks = protocolNetworks(space.name, supernets);
  const ntkSupernet = supernets.build(networks.ntk(source));
  const regionSupernet = supernets.build(networks.regions(source));
  // Built when first asked for: not every search has finals.
  let wholeRegions: Supernet | undefined;
  const wholeRegionsOf = ({ crop }: FinalsSettings['regions']): Supernet => {
    wholeRegions ??= supernets.build(networks.wholeRegions(source, crop));
    return wholeRegions;
  };
  const finalsOf = (of: EvaluationRequest['of']): FinalsSettings | null => {
    if (of !== 'finals') return null;
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
      ...(device === undefined ? {} : { device }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    };
  };

  const keyOf = (of: EvaluationRequest['of'], draws: EvaluationRequest['draws']) =>
    JSON.stringify([of ?? 'rounds', draws]);
  // Region inputs that are read ahead, and for which draws.
  let ahead: { readonly key: string; readonly read: () => Promise<readonly Float32Array[]> } | undefined;

  return {
    engine: engineInfo(engine === 'reference' ? 'cpu' : device),
    expectRegions({ of, draws: numbers, signal }) {
      if (numbers.length === 0) return;
      const draws = numbers.map(({ batch, weights }): Draw => ({ seed, batch, weights }));
      const settings = finalsOf(of)?.regions ?? regionSettings;
      let inputs: Promise<readonly Float32Array[]> | undefined;
      const read = () => {
        inputs ??= readInputs(linearRegions, {
          source,
          draws,
          settings,
          ...(signal === undefined ? {} : { signal }),
        });
        // Whoever asks for the inputs hears of a failure; until then it is nobody's.
        inputs.catch(() => {});
        return inputs;
      };
      ahead = { key: keyOf(of, numbers), read };
    },
    async ntk(request) {
      const settings = finalsOf(request.of)?.ntk ?? ntkSettings;
      const asked = metricRequest(ntkSupernet, request);
      const inputs = await readInputs(ntk, { ...asked, settings });
      const evaluating = evaluateNtk({ ...asked, settings, inputs: Promise.resolve(inputs) });
      // Once the engine is at work there is time to read what comes next.
      setImmediate(() => ahead?.read());
      const { measurements } = await evaluating;
      return measurements.map((repeats) => repeats.map(({ outcome }) => outcome));
    },
    async regions(request) {
      const settings = finalsOf(request.of)?.regions;
      const expected = ahead?.key === keyOf(request.of, request.draws) ? ahead : undefined;
      ahead = undefined;
      const { measurements } = await evaluateRegions({
        ...metricRequest(settings === undefined ? regionSupernet : wholeRegionsOf(settings), request),
        settings: settings ?? regionSettings,
        ...(expected === undefined ? {} : { inputs: expected.read() }),
      });
      return measurements.map((repeats) => repeats.map(({ regions }) => regions));
    },
    [Symbol.dispose]() {
      programs.dispose();
    },
  };
}
