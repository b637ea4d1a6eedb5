import * as Plot from '@observablehq/plot';
import { numberText } from '@tenas/base';
import { type Figure, plotFigure } from '../figure.js';
import { cutsOf, meanOf, type Round, type SearchRecord, typicalKappa } from '../input/search-record.js';
import { tickText } from '../number-text.js';
import { color } from '../palette.js';

interface Stage {
  readonly stage: string;
  readonly value: number;
}

interface Tried extends Stage {
  readonly cut: boolean;
}

type Candidate = Round['candidates'][number];

/** What the two trajectories differ in. */
interface Quantity {
  readonly name: string;
  readonly title: string;
  readonly axis: string;
  readonly scale: 'log' | 'linear';
  readonly before: (candidate: Candidate) => number | null;
  readonly after: (candidate: Candidate) => number | null;
  readonly found: (record: SearchRecord) => number | undefined;
}

const KAPPA: Quantity = {
  name: 'trajectory-kappa',
  title: 'Condition number κ through the rounds',
  axis: 'κ (lower is better)',
  scale: 'log',
  before: ({ kappa }) => typicalKappa(kappa.origin),
  after: ({ kappa }) => typicalKappa(kappa.candidate),
  found: (record) => (record.status === 'complete' ? record.scores?.conditionNumber : undefined),
};

const REGIONS: Quantity = {
  name: 'trajectory-regions',
  title: 'Linear regions R through the rounds',
  axis: 'R (higher is better)',
  scale: 'linear',
  before: ({ regions }) => meanOf(regions.origin),
  after: ({ regions }) => meanOf(regions.candidate),
  found: (record) => (record.status === 'complete' ? record.scores?.regions : undefined),
};

function trajectory(record: SearchRecord, quantity: Quantity): Figure {
  const stageOf = (round: number) => (round === 0 ? 'start' : `after ${round}`);
  const line: Stage[] = [];
  const tried: Tried[] = [];
  for (const round of record.rounds) {
    const stage = stageOf(round.round);
    const before = round.candidates.map(quantity.before).filter((value) => value !== null);
    if (before.length > 0) line.push({ stage, value: meanOf(before) });
    const cuts = cutsOf(round);
    for (const candidate of round.candidates) {
      const value = quantity.after(candidate);
      if (value === null) continue;
      const { cell, edge, op } = candidate;
      const cut = cuts.some((other) => other.cell === cell && other.edge === edge && other.op === op);
      tried.push({ stage, value, cut });
    }
  }
  const found = quantity.found(record);
  if (found !== undefined && Number.isFinite(found)) line.push({ stage: 'found', value: found });
  const stages = line.map(({ stage }) => stage);
  const told = line.map(({ stage, value }) => `${stage} ${numberText(value)}`).join(', ');
  return plotFigure({
    name: quantity.name,
    title: quantity.title,
    description: `Line: the network before each round${found === undefined ? '' : ' and the found one'}: ${told}. Dots: the same network without one operation; filled ones were cut.`,
    note: 'The line is the network before each round. “found” is scored afresh, on other weights and images.',
    plot: {
      width: 480,
      height: 280,
      marginLeft: 58,
      marginBottom: 34,
      marginTop: 26,
      x: { type: 'point', domain: stages, label: null, padding: 0.4 },
      y: {
        type: quantity.scale,
        label: quantity.axis,
        grid: true,
        nice: true,
        ticks: 5,
        tickFormat: tickText,
      },
      marks: [
        Plot.dot(
          tried.filter(({ cut }) => !cut),
          {
            x: 'stage',
            y: 'value',
            r: 3,
            stroke: color('grey'),
            strokeOpacity: 0.7,
            dx: 8,
          },
        ),
        Plot.dot(
          tried.filter(({ cut }) => cut),
          { x: 'stage', y: 'value', r: 3.2, fill: color('vermillion'), dx: 16 },
        ),
        Plot.line(line, { x: 'stage', y: 'value', stroke: color('blue'), strokeWidth: 2.4 }),
        Plot.dot(line, { x: 'stage', y: 'value', r: 5, fill: color('blue'), stroke: color('paper') }),
        Plot.text(line, {
          x: 'stage',
          y: 'value',
          text: (d: Stage) => numberText(d.value),
          dy: -14,
          fontWeight: 600,
          stroke: color('paper'),
          strokeWidth: 4,
          fill: color('ink'),
        }),
      ],
    },
    legend: [
      { label: 'the network', style: { color: 'blue', symbol: 'circle' } },
      { label: 'without one operation', style: { color: 'grey', symbol: 'circle' }, hollow: true },
      { label: 'what was cut', style: { color: 'vermillion', symbol: 'circle' } },
    ],
  });
}

/** kappa and R of the network before every round, of every candidate, and of what was found. */
export function trajectories(record: SearchRecord): Figure[] {
  return record.rounds.length === 0 ? [] : [trajectory(record, KAPPA), trajectory(record, REGIONS)];
}
