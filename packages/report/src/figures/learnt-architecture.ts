import type { GradientDetail } from '@tenas/records';
import type { Figure } from '../figure.js';
import { type Curve, epochCurves } from './learning-curves.js';

/**
 * How a search by gradient went over its epochs: losses of the networks that ran, and how many operations of the
 * architecture have no weights. None where there is but one state.
 */
export function learntArchitecture({ states, decisions }: GradientDetail, suffix: string): Figure[] {
  if (states.length < 2) return [];
  const points = (of: (state: GradientDetail['states'][number]) => number | null): Curve['points'] =>
    states.flatMap((state) => {
      const value = of(state);
      return value === null ? [] : [{ epoch: state.epoch, value }];
    });
  const validation = points(({ validationLoss }) => validationLoss);
  return [
    epochCurves({
      name: `search-losses${suffix}`,
      title: 'Losses of the supernet',
      axis: 'loss',
      note: 'Mean over the batches of an epoch, of the networks that ran: for the weights on the training part of the images, for the architecture on the validation part.',
      curves: [
        { label: 'weights', color: 'blue', points: points(({ trainLoss }) => trainLoss) },
        ...(validation.length === 0
          ? []
          : [{ label: 'architecture', color: 'vermillion' as const, points: validation }]),
      ],
    }),
    epochCurves({
      name: `without-weights${suffix}`,
      title: 'Operations without weights',
      axis: 'operations',
      note: `Skip connections, pools and none in the architecture that each epoch ends with, which has ${decisions.length} decisions. A search that ends with little else has collapsed.`,
      curves: [
        { label: 'without weights', color: 'blue', points: points(({ parameterFree }) => parameterFree) },
      ],
    }),
  ];
}
