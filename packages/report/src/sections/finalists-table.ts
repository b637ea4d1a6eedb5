import { type Column, dataTable } from '../data-table.js';
import type { Html } from '../html.js';

/** A network that was compared with others under the weights of a supernet. */
interface Compared {
  readonly architecture: string;
  readonly accuracy: number;
  readonly loss: number;
  /** Where the search learnt probabilities: sum of the natural logarithms of those of its choices. */
  readonly logProbability?: number | undefined;
}

/** The networks that a search compared in the end under the weights that it trained; null where there are none. */
export function finalistsTable(finalists: readonly Compared[], suffix: string): Html | null {
  if (finalists.length === 0) return null;
  const drawn = finalists.some(({ logProbability }) => logProbability !== undefined);
  return dataTable({
    name: `finalists${suffix}`,
    caption: 'Networks under the trained weights, on images that these were not trained on',
    columns: [
      { label: 'accuracy, %', kind: 'number' },
      { label: 'loss', kind: 'number' },
      ...(drawn ? [{ label: 'ln of the probability', kind: 'number' } satisfies Column] : []),
      { label: 'architecture', kind: 'code' },
    ],
    rows: finalists.map(({ architecture, accuracy, loss, logProbability }) => [
      { value: accuracy, shown: (100 * accuracy).toFixed(1) },
      { value: loss, shown: loss.toFixed(3) },
      ...(drawn
        ? [logProbability === undefined ? null : { value: logProbability, shown: logProbability.toFixed(2) }]
        : []),
      architecture,
    ]),
  });
}
