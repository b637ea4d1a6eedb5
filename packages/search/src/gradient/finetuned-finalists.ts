import { plural } from '@tenas/base';
import { sideBySide } from '@tenas/native';
import type { Ask } from '../ask.js';
import type { TrainedPath } from '../supernet-training/outcomes.js';
import type { SupernetInTraining } from '../supernet-training/supernet-in-training.js';
import {
  type Finalist,
  type JudgedFinalist,
  type JudgedRound,
  type LearntChoices,
  logProbability,
  pathOf,
} from './finalists.js';
import type { CompleteLearning } from './settings.js';

/** Settings of successive halving. */
export type Finetuning = Pick<CompleteLearning, 'finetune' | 'halving' | 'judge' | 'rate'>;

/** A round of successive halving. */
export interface FinetuningRound {
  /** Finalists that are trained in it. */
  readonly finalists: number;
  /** Steps that each of them is trained for in it. */
  readonly steps: number;
}

/** A finalist that was trained on. */
export interface FinetunedFinalist extends JudgedFinalist {
  /** One for each round that it was trained in. */
  readonly rounds: readonly JudgedRound[];
}

/**
 * The rounds for some finalists: the first has `finetune` steps for each; each later one has one of `halving` finalists and
 * `halving` times the steps, so that all rounds cost about the same. The last one decides between two or more.
 */
export function finetuningRounds(
  finalists: number,
  { finetune, halving }: Pick<Finetuning, 'finetune' | 'halving'>,
): FinetuningRound[] {
  const rounds: FinetuningRound[] = [];
  for (let [left, steps] = [finalists, finetune]; rounds.length === 0 || left > 1; steps *= halving) {
    rounds.push({ finalists: left, steps });
    left = Math.ceil(left / halving);
  }
  return rounds;
}

/** A finalist between two steps of its training. */
interface Contender extends FinetunedFinalist {
  readonly place: number;
  /** Null: it does not go on. */
  weights: Uint8Array | null;
}

/**
 * Successive halving (Jamieson and Talwalkar, AISTATS 2016, arXiv 1502.07943): trains finalists on, each on its own path from
 * the shared weights of a supernet, which stay; those with the lowest losses go on to the next round. Finalists are trained
 * side by side, one thread each, and see the same batches: neither their order nor the number of threads matters.
 *
 * @param options.threads all together
 * @param onRound hears after each round what is returned in the end
 * @returns those of the last round first, then those that ended in the round before, and so on; of each the lowest loss
 *   first, of equal ones the likelier
 * @throws TenasError `TRAINING_DIVERGED`; the signal's reason
 */
export async function finetunedFinalists(
  ask: Pick<Ask, 'step'>,
  training: Pick<SupernetInTraining, 'paths' | 'snapshot' | 'trainPath'>,
  learnt: LearntChoices,
  finalists: readonly Finalist[],
  options: Finetuning & { readonly threads: number },
  onRound: (judged: readonly FinetunedFinalist[]) => void,
): Promise<readonly FinetunedFinalist[]> {
  const { judge, rate, threads } = options;
  const { weights } = await training.snapshot();
  const rounds = finetuningRounds(finalists.length, options);
  let left: readonly Contender[] = finalists.map((finalist, place) => ({
    ...{ ...finalist, place, weights, rounds: [], loss: 0, accuracy: 0 },
    logProbability: logProbability(learnt, finalist.domain),
  }));
  let ranked: readonly Contender[] = left;
  let first = 0;
  for (const [number, { steps }] of rounds.entries()) {
    const lanes = Math.min(threads, left.length);
    const kept = rounds[number + 1]?.finalists ?? 0;
    const judged: Contender[] = [];
    await ask.step(`round ${number + 1}`, async ({ tell }) => {
      await sideBySide(left, lanes, async (one) => {
        const trained = await training.trainPath(pathOf(training, learnt, one), {
          ...{ weights: one.weights!, first, steps, rate },
          threads: Math.floor(threads / lanes),
          evaluate: judge === 'validation-loss',
        });
        const round = trained.validation ?? meanOfLastHalf(trained);
        judged.push({ ...one, ...round, rounds: [...one.rounds, round], weights: trained.weights });
        judged.sort(inOrder);
        // The state of a finalist is needed no more once enough others are better.
        for (const out of judged.slice(kept)) out.weights = null;
        tell({ done: judged.length * steps, best: { architecture: judged[0]!.architecture, scores: {} } });
      });
      const goOn = kept === 0 ? '' : `, ${kept} of ${judged.length} finalists go on`;
      tell({
        text: `the lowest loss of ${plural(judged.length, 'finalist')} after ${plural(first + steps, 'step')} is ${judged[0]!.loss.toFixed(3)}${goOn}`,
      });
    });
    ranked = [...judged, ...ranked.slice(left.length)];
    onRound(ranked);
    left = judged.slice(0, kept);
    first += steps;
  }
  return ranked;
}

function inOrder(a: Contender, b: Contender): number {
  return a.loss - b.loss || b.logProbability - a.logProbability || a.place - b.place;
}

/** What training says in the end: the first half of the steps still shows where the path began. */
function meanOfLastHalf({ outcomes }: TrainedPath): JudgedRound {
  const last = outcomes.slice(Math.floor(outcomes.length / 2));
  const mean = (pick: (outcome: JudgedRound) => number) =>
    last.reduce((sum, outcome) => sum + pick(outcome), 0) / last.length;
  return { loss: mean(({ loss }) => loss), accuracy: mean(({ accuracy }) => accuracy) };
}
