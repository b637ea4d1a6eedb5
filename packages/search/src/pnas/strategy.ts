import { countText, mean, plural, settingError, spearman } from '@tenas/base';
import { DEFAULT_OBJECTIVE } from '@tenas/metrics/definitions';
import type { ProgressiveDetail } from '@tenas/records';
import type { Ask, Best } from '../ask.js';
import { evaluationCost } from '../evaluation-cost.js';
import { historyFor, rankedBy } from '../objective-settings.js';
import { pausing } from '../pause.js';
import { scoringPortion } from '../scoring-portion.js';
import { Shortlist } from '../shortlist/shortlist.js';
import type { Strategy } from '../strategy.js';
import { firstCells, nextCells } from './beam.js';
import { completableCells } from './completable-cells.js';
import { Ensemble } from './ensemble.js';
import { LstmPredictor } from './lstm.js';
import { MlpPredictor } from './mlp.js';
import type { Cell } from './predictor.js';
import { completed, type PnasSettings, presets, settings } from './settings.js';
import { RankTargets, ValueTargets } from './targets.js';

/** Bounds of the prediction before any training: its logarithm of odds has to be finite. */
const [LEAST_MIDDLE, MOST_MIDDLE] = [0.05, 0.95];

/** Before any work: whether the metrics are there that have to decide. */
function checkMetrics(about: Pick<Ask, 'metrics'>, given: PnasSettings): void {
  const { terms } = rankedBy(about, given);
  if (given.target === 'value' && terms.flat().length !== 1) {
    throw settingError('settings.target', 'value', 'rank where several metrics decide');
  }
}

/**
 * Progressive search (PNAS: Liu et al., ECCV 2018): all cells of one block are scored, a predictor learns from them, and
 * the cells that it finds best with one more block are scored next, level by level.
 */
export const pnas: Strategy<PnasSettings> = {
  name: 'pnas',
  title: 'progressive: cells grow block by block, a predictor learned from smaller ones picks those to score',
  paper:
    'Liu, Zoph, Neumann, Shlens, Hua, Li, Fei-Fei, Yuille, Huang and Murphy, ECCV 2018, arXiv 1712.00559',
  needs: ['progressive'],
  metrics: [DEFAULT_OBJECTIVE],
  settings,
  presets,
  complete(given, about) {
    checkMetrics(about, given);
    return { settings: completed(given) };
  },
  async run(ask, given) {
    checkMetrics(ask, given);
    const search = completed(given);
    const { beam, repeats } = search;
    const progressive = ask.space.progressive!;
    const shortlist = new Shortlist(ask, given, { repeats });
    const history = historyFor(ask, search);
    const [term] = rankedBy(ask, search).terms.flat();
    const values = search.target === 'value' ? new ValueTargets(term!) : null;
    const targets = values ?? new RankTargets(history);
    const pause = pausing(ask.signal);
    const chance = ask.random('fits');
    const scored: Best[] = [];
    const seen: Cell[] = [];
    const levels: ProgressiveDetail['levels'][number][] = [];
    let ensemble: Ensemble | null = null;

    const completable = completableCells(ask, progressive);
    const first = firstCells(progressive).filter((cell) => completable === null || completable.fits(cell));
    const cost = evaluationCost(ask, ask.metrics) * repeats;
    const lengths = Array.from({ length: progressive.levels }, (_, place) =>
      place === 0 ? first.length : beam,
    );
    const most = lengths.reduce((sum, length) => sum + length, 0);
    const plan = { cost, text: `${plural(lengths.length, 'level')}, at most ${plural(most, 'cell')}` };
    ask.plan(shortlist.planned({ ...plan, steps: lengths }));
    ask.describe((): ProgressiveDetail => ({ levels }));

    /** Scores cells, and tells the best of the level. @returns their scores' places */
    const score = async (cells: readonly Cell[], tell: (best: Best) => void): Promise<number[]> => {
      const start = scored.length;
      const portion = scoringPortion(ask, ask.metrics);
      let best = start;
      for (let from = 0; from < cells.length; from += portion) {
        const some = cells.slice(from, from + portion);
        const architectures = some.map((cell) => progressive.architecture(cell));
        for (const [place, scores] of (await ask.score(architectures, { repeats })).entries()) {
          history.add(scores);
          values?.add(scores);
          scored.push({ architecture: architectures[place]!, scores });
          seen.push(some[place]!);
        }
        best = history.bestOf([best, ...some.map((_, place) => start + from + place)]);
        tell(scored[best]!);
      }
      return cells.map((_, place) => start + place);
    };
    const fit = async (learned: readonly number[]): Promise<Ensemble> => {
      const refit = ensemble !== null;
      const fitted = ensemble ?? newEnsemble(ask, search, learned);
      await fitted.fit(seen, learned, {
        rate: refit ? search.refitRate : search.rate,
        epochs: refit ? search.refits : search.epochs,
        batch: search.batch,
        random: chance,
        pause,
      });
      return fitted;
    };

    let cells: readonly Cell[] = first;
    let places: number[] = [];
    for (let level = 1; level <= progressive.levels; level++) {
      await ask.step(`level ${level}`, async ({ tell }) => {
        let predicted: readonly number[] | null = null;
        let candidates = cells.length;
        if (ensemble !== null) {
          const next = await nextCells(progressive, cells, { level, beam, ensemble, pause, completable });
          cells = next.chosen.map(({ cell }) => cell);
          predicted = next.chosen.map((one) => one.predicted);
          candidates = next.candidates;
        }
        places = await score(cells, (best) => tell({ best }));
        const learned = targets.all();
        ensemble = await fit(learned);
        const wanted = places.map((place) => learned[place]!);
        const fitted = [...ensemble.predict(cells)];
        const ahead = predicted && spearman(predicted, wanted);
        const own = spearman(fitted, wanted);
        levels.push({
          level,
          candidates,
          seen: seen.length,
          ahead,
          own,
          gap: predicted && mean(predicted) - mean(wanted),
          errors: await ensemble.errors(seen, learned, pause),
          cells: places.map((place, index) => ({
            architecture: ask.space.format(scored[place]!.architecture),
            predicted: predicted?.[index] ?? null,
            fitted: fitted[index]!,
            target: wanted[index]!,
          })),
        });
        tell({
          text: `${countText(cells.length)} of ${countText(candidates)} candidates, predictor ρ ${numberOf(ahead)} before, ${numberOf(own)} after`,
        });
      });
    }
    const last = new Set(places);
    const ranked = history.ranking().filter((place) => last.has(place));
    return await shortlist.best(scored[ranked[0]!]!, () => ranked.map((place) => scored[place]!));
  },
};

function numberOf(value: number | null): string {
  return value === null ? '–' : value.toFixed(2);
}

function newEnsemble(
  ask: Ask,
  { predictor, members, embedding, units }: ReturnType<typeof completed>,
  learned: readonly number[],
): Ensemble {
  const { fields } = ask.space.progressive!;
  const middle = Math.min(MOST_MIDDLE, Math.max(LEAST_MIDDLE, mean(learned)));
  const Kind = predictor === 'mlp' ? MlpPredictor : LstmPredictor;
  return new Ensemble(
    Array.from(
      { length: members },
      (_, member) => new Kind({ fields, embedding, units, middle }, ask.random(`predictor ${member}`)),
    ),
  );
}
