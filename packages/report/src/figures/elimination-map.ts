import * as Plot from '@observablehq/plot';
import { plural } from '@tenas/base';
import { cutsOf, type PruneRecord } from '@tenas/records';
import { type Figure, plotFigure } from '../figure.js';
import { color, operationStyle } from '../palette.js';
import { partsOf } from '../prune-view.js';

interface Fate {
  readonly place: string;
  readonly choice: string;
  /** The round that cut it, from 1; null: still there. */
  readonly round: number | null;
  /** Cut as a whole edge, when a node's inputs were chosen. */
  readonly asEdge: boolean;
  /** Not in the architecture that won the final ranking. */
  readonly inFinals: boolean;
}

function fates({ detail }: PruneRecord, group: string): Fate[] {
  const { active, rounds, finals } = detail;
  const start = rounds[0]?.active ?? finals?.active ?? active;
  const cuts = new Map(
    rounds.flatMap((round) =>
      cutsOf(round).map(({ decision, choice }) => [JSON.stringify([decision, choice]), round] as const),
    ),
  );
  return Object.entries(start).flatMap(([decision, choices]) => {
    const { group: own, place } = partsOf(decision);
    if (own !== group) return [];
    return choices.map((choice) => {
      const cut = cuts.get(JSON.stringify([decision, choice]));
      const lost = cut === undefined && !active[decision]?.includes(choice);
      return {
        place,
        choice,
        round: lost ? rounds.length + 1 : cut === undefined ? null : cut.round + 1,
        asEdge: cut?.kind === 'edges',
        inFinals: lost,
      };
    });
  });
}

/** Which round cut which operation, and what was left: one figure a part of the network. */
export function eliminationMap(record: PruneRecord, group: string, name: string, title: string): Figure {
  const cells = fates(record, group);
  const { rounds, finals } = record.detail;
  const kept = record.status === 'complete' ? 'kept' : 'open';
  const last = Math.max(1, rounds.length + (finals === null ? 0 : 1));
  const places = [...new Set(cells.map(({ place }) => place))];
  const remaining = cells.filter(({ round }) => round === null);
  const label = ({ round, asEdge, inFinals }: Fate) =>
    round === null ? kept : inFinals ? 'final' : asEdge ? `edge ${round}` : String(round);
  return plotFigure({
    name,
    title,
    description: `${plural(cells.length, 'operation')} on ${plural(places.length, 'edge')}; the number is the round that cut an operation${finals === null ? '' : ', “final” marks operations that the final ranking removed'}. ${kept === 'kept' ? 'Kept' : 'Still open'}: ${remaining.map(({ place, choice }) => `${operationStyle(choice).label} on ${place}`).join(', ')}.`,
    note: `Each row is a connection, each column an operation; the number is the round that cut it${finals === null ? '' : '; “final”: removed by the final ranking'}.`,
    plot: {
      width: 480,
      height: 46 + places.length * 30,
      marginLeft: 56,
      marginTop: 40,
      marginBottom: 4,
      marginRight: 4,
      padding: 0.06,
      x: {
        axis: 'top',
        domain: [...new Set(cells.map(({ choice }) => operationStyle(choice).label))],
        label: null,
        tickSize: 0,
      },
      y: { domain: places, label: 'edge', tickSize: 0, labelAnchor: 'top' },
      marks: [
        Plot.cell(cells, {
          x: (d: Fate) => operationStyle(d.choice).label,
          y: 'place',
          rx: 4,
          fill: (d: Fate) =>
            d.round === null ? color('blue') : d.asEdge ? color('purple') : color('orange'),
          fillOpacity: (d: Fate) => (d.round === null ? 1 : 0.12 + 0.4 * ((d.round - 1) / last)),
        }),
        Plot.text(cells, {
          x: (d: Fate) => operationStyle(d.choice).label,
          y: 'place',
          text: label,
          fill: (d: Fate) => (d.round === null ? color('onAccent') : color('ink')),
          fontWeight: 600,
          fontSize: 12,
        }),
      ],
    },
  });
}
