import * as Plot from '@observablehq/plot';
import { type Figure, plotFigure } from '../figure.js';
import type { SearchRecord } from '../input/search-record.js';
import { countText, durationText } from '../number-text.js';
import { color } from '../palette.js';

interface Bar {
  readonly row: string;
  readonly seconds: number;
  readonly label: string;
}

/** Where the time of a search went, round by round. */
export function roundSeconds(record: SearchRecord): Figure {
  const rounds: Bar[] = record.rounds.map(({ round, seconds, evaluations, kind }) => {
    const made = evaluations.ntk + evaluations.regions;
    return {
      row: `round ${round + 1}${kind === 'edges' ? ' (edges)' : ''}`,
      seconds,
      label: `${durationText(seconds)}, ${countText(made)} evaluations`,
    };
  });
  if (record.status === 'interrupted' && record.unfinishedRound !== null) {
    const { round, seconds } = record.unfinishedRound;
    rounds.push({ row: `round ${round + 1}`, seconds, label: `${durationText(seconds)}, stopped` });
  }
  const longest = Math.max(...rounds.map(({ seconds }) => seconds), 1e-9);
  return plotFigure({
    name: 'time',
    title: 'Time of each round',
    description: `${rounds.map(({ row, label }) => `${row}: ${label}`).join('; ')}.`,
    plot: {
      width: 480,
      height: 20 + rounds.length * 30,
      marginLeft: 110,
      marginRight: 10,
      marginTop: 6,
      marginBottom: 6,
      x: { axis: null, domain: [0, longest] },
      y: { domain: rounds.map(({ row }) => row), label: null, tickSize: 0 },
      marks: [
        Plot.barX(rounds, {
          x: 'seconds',
          y: 'row',
          fill: color('blue'),
          rx: 3,
          insetTop: 2,
          insetBottom: 2,
        }),
        Plot.text(
          rounds.filter(({ seconds }) => seconds >= longest * 0.55),
          {
            x: 'seconds',
            y: 'row',
            text: 'label',
            textAnchor: 'end',
            dx: -8,
            fill: color('onAccent'),
          },
        ),
        Plot.text(
          rounds.filter(({ seconds }) => seconds < longest * 0.55),
          {
            x: 'seconds',
            y: 'row',
            text: 'label',
            textAnchor: 'start',
            dx: 8,
          },
        ),
      ],
    },
  });
}
