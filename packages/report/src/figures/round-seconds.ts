import * as Plot from '@observablehq/plot';
import { countText, durationText } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import type { SearchRecord } from '../input/search-record.js';
import { type ColorName, color } from '../palette.js';

/** What a round is known to have taken. */
type Timed = Pick<SearchRecord['rounds'][number], 'seconds' | 'metricSeconds'>;

interface Bar {
  readonly row: string;
  readonly timed: Timed;
  readonly label: string;
}

interface Part {
  readonly name: string;
  readonly color: ColorName;
  readonly seconds: (timed: Timed) => number;
}

/** The metrics apart, and what is left; records of searches before these were told apart have one part. */
function partsOf(bars: readonly Bar[]): readonly Part[] {
  if (bars.some(({ timed }) => timed.metricSeconds === undefined)) {
    return [{ name: 'all', color: 'blue', seconds: ({ seconds }) => seconds }];
  }
  return [
    { name: 'κ', color: 'blue', seconds: ({ metricSeconds }) => metricSeconds?.ntk ?? 0 },
    { name: 'R', color: 'orange', seconds: ({ metricSeconds }) => metricSeconds?.regions ?? 0 },
    {
      name: 'all else',
      color: 'grey',
      seconds: ({ seconds, metricSeconds: by }) =>
        Math.max(0, seconds - (by === undefined ? 0 : by.ntk + by.regions)),
    },
  ];
}

function barsOf(record: SearchRecord): Bar[] {
  const label = ({ seconds, evaluations }: Timed & Pick<SearchRecord, 'evaluations'>) =>
    `${durationText(seconds)}, ${countText(evaluations.ntk + evaluations.regions)} evaluations`;
  const bars: Bar[] = record.rounds.map((round) => ({
    row: `round ${round.round + 1}${round.kind === 'edges' ? ' (edges)' : ''}`,
    timed: round,
    label: label(round),
  }));
  for (const stage of record.finals?.stages ?? []) {
    bars.push({ row: `finals ${stage.stage + 1}`, timed: stage, label: label(stage) });
  }
  if (record.status === 'interrupted' && record.unfinishedRound !== null) {
    const { round, seconds } = record.unfinishedRound;
    const stopped = `${durationText(seconds)}, stopped`;
    bars.push({ row: `round ${round + 1}`, timed: record.unfinishedRound, label: stopped });
  }
  return bars;
}

/** Where the time of a search went, round by round and by metric. */
export function roundSeconds(record: SearchRecord): Figure {
  const bars = barsOf(record);
  const parts = partsOf(bars);
  const totals = parts.map(({ name, seconds }) => {
    const total = bars.reduce((sum, { timed }) => sum + seconds(timed), 0);
    return parts.length === 1 ? '' : `${name} ${durationText(total)}`;
  });
  const segments = bars.flatMap(({ row, timed }) => {
    let x1 = 0;
    return parts.map((part) => {
      const segment = { row, x1, x2: x1 + part.seconds(timed), fill: color(part.color) };
      x1 = segment.x2;
      return segment;
    });
  });
  return plotFigure({
    name: 'time',
    title: 'Time of each round',
    description: `${[...totals.filter((total) => total !== ''), ...bars.map(({ row, label }) => `${row}: ${label}`)].join('; ')}.`,
    plot: {
      width: 480,
      height: 20 + bars.length * 30,
      marginLeft: 110,
      marginRight: 160,
      marginTop: 6,
      marginBottom: 6,
      x: { axis: null, domain: [0, Math.max(...segments.map(({ x2 }) => x2), 1e-9)] },
      y: { domain: bars.map(({ row }) => row), label: null, tickSize: 0 },
      marks: [
        Plot.barX(segments, { x1: 'x1', x2: 'x2', y: 'row', fill: 'fill', insetTop: 2, insetBottom: 2 }),
        Plot.text(bars, {
          x: ({ timed }: Bar) => timed.seconds,
          y: 'row',
          text: 'label',
          textAnchor: 'start',
          dx: 8,
        }),
      ],
    },
    legend:
      parts.length === 1
        ? []
        : parts.map((part, index) => ({
            label: totals[index]!,
            style: { color: part.color, symbol: 'square' },
          })),
  });
}
