import * as Plot from '@observablehq/plot';
import { plural } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import { cutsOf, remainingOps, type SearchRecord } from '../input/search-record.js';
import { color, operationStyle } from '../palette.js';

interface Fate {
  readonly edge: string;
  readonly op: string;
  /** The round that cut it, from 1; null: still there. */
  readonly round: number | null;
  /** Cut as a whole edge, when a node's inputs were chosen. */
  readonly asEdge: boolean;
  /** Not in the architecture that won the finals. */
  readonly inFinals: boolean;
}

function fates(record: SearchRecord, cell: string): Fate[] {
  const left = remainingOps(record);
  const start = record.rounds[0]?.active ?? record.finals?.active ?? left;
  const finals = record.rounds.length + 1;
  const cuts = record.rounds.flatMap((round) =>
    cutsOf(round).map((cut) => ({ ...cut, round: round.round + 1, asEdge: round.kind === 'edges' })),
  );
  return Object.entries(start[cell] ?? {}).flatMap(([edge, ops]) =>
    ops.map((op) => {
      const cut = cuts.find((other) => other.cell === cell && other.edge === edge && other.op === op);
      const lost = cut === undefined && !left[cell]?.[edge]?.includes(op);
      return {
        edge,
        op,
        round: lost ? finals : (cut?.round ?? null),
        asEdge: cut?.asEdge ?? false,
        inFinals: lost,
      };
    }),
  );
}

/** Which round cut which operation, and what was left: one figure a cell type. */
export function eliminationMap(record: SearchRecord, cell: string, name: string, title: string): Figure {
  const cells = fates(record, cell);
  const kept = record.status === 'complete' ? 'kept' : 'open';
  const rounds = Math.max(1, record.rounds.length + (record.finals === null ? 0 : 1));
  const edges = [...new Set(cells.map(({ edge }) => edge))];
  const remaining = cells.filter(({ round }) => round === null);
  const label = ({ round, asEdge, inFinals }: Fate) =>
    round === null ? kept : inFinals ? 'finals' : asEdge ? `edge ${round}` : String(round);
  return plotFigure({
    name,
    title,
    description: `${plural(cells.length, 'operation')} on ${plural(edges.length, 'edge')}; the number is the round that cut an operation${record.finals === null ? '' : ', “finals” what is not in the architecture that won them'}. ${kept === 'kept' ? 'Kept' : 'Still open'}: ${remaining.map(({ edge, op }) => `${operationStyle(op).label} on ${edge}`).join(', ')}.`,
    note: `Each row is a connection, each column an operation; the number is the round that cut it${record.finals === null ? '' : '; “finals”: not in the architecture that won them'}.`,
    plot: {
      width: 480,
      height: 46 + edges.length * 30,
      marginLeft: 56,
      marginTop: 40,
      marginBottom: 4,
      marginRight: 4,
      padding: 0.06,
      x: {
        axis: 'top',
        domain: [...new Set(cells.map(({ op }) => operationStyle(op).label))],
        label: null,
        tickSize: 0,
      },
      y: { domain: edges, label: 'edge', tickSize: 0, labelAnchor: 'top' },
      marks: [
        Plot.cell(cells, {
          x: (d: Fate) => operationStyle(d.op).label,
          y: 'edge',
          rx: 4,
          fill: (d: Fate) =>
            d.round === null ? color('blue') : d.asEdge ? color('purple') : color('orange'),
          fillOpacity: (d: Fate) => (d.round === null ? 1 : 0.12 + 0.4 * ((d.round - 1) / rounds)),
        }),
        Plot.text(cells, {
          x: (d: Fate) => operationStyle(d.op).label,
          y: 'edge',
          text: label,
          fill: (d: Fate) => (d.round === null ? color('onAccent') : color('ink')),
          fontWeight: 600,
          fontSize: 12,
        }),
      ],
    },
  });
}
