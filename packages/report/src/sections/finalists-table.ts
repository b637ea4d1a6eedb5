import { plural } from '@tenas/base';
import type { GradientDetail } from '@tenas/records';
import { type Column, dataTable } from '../data-table.js';
import type { Html } from '../html.js';

/** A network that was compared with others under the weights of a supernet. */
interface Compared {
  readonly architecture: string;
  readonly accuracy: number;
  readonly loss: number;
  /** Where the search learnt probabilities: sum of the natural logarithms of those of its choices. */
  readonly logProbability?: number | undefined;
  /** Where it was trained on: what each round said of it. */
  readonly rounds?: readonly { readonly loss: number; readonly accuracy: number }[] | undefined;
}

/** How finalists were trained on, round by round. */
type Finetuning = NonNullable<GradientDetail['finetuning']>;

const JUDGES: Readonly<Record<Finetuning['judge'], string>> = {
  'training-loss': 'training loss',
  'validation-loss': 'loss on images that they were not trained on',
};

/**
 * The networks that a search compared in the end under the weights that it trained; null where there are none.
 *
 * @param finetuning where each was trained on: the table then has its loss in every round
 */
export function finalistsTable(
  finalists: readonly Compared[],
  suffix: string,
  finetuning?: Finetuning | undefined,
): Html | null {
  if (finalists.length === 0) return null;
  const rounds = finetuning?.rounds ?? [];
  const drawn = finalists.some(({ logProbability }) => logProbability !== undefined);
  return dataTable({
    name: `finalists${suffix}`,
    caption:
      finetuning === undefined
        ? 'Networks under the trained weights, on images that these were not trained on'
        : `Networks that were trained on from the shared weights, by their ${JUDGES[finetuning.judge]}; accuracy and loss of the last round of each`,
    columns: [
      { label: 'accuracy, %', kind: 'number' },
      { label: 'loss', kind: 'number' },
      ...rounds.map(
        ({ steps }, place): Column => ({
          label: `loss of round ${place + 1}, ${plural(steps, 'step')}`,
          kind: 'number',
        }),
      ),
      ...(drawn ? [{ label: 'ln of the probability', kind: 'number' } satisfies Column] : []),
      { label: 'architecture', kind: 'code' },
    ],
    rows: finalists.map(({ architecture, accuracy, loss, logProbability, rounds: own = [] }) => [
      { value: accuracy, shown: (100 * accuracy).toFixed(1) },
      { value: loss, shown: loss.toFixed(3) },
      ...rounds.map((_, place) =>
        own[place] === undefined ? null : { value: own[place].loss, shown: own[place].loss.toFixed(3) },
      ),
      ...(drawn
        ? [logProbability === undefined ? null : { value: logProbability, shown: logProbability.toFixed(2) }]
        : []),
      architecture,
    ]),
  });
}
