import { countText, numberText, plural } from '@tenas/base';
import {
  agentsDetailOf,
  type GradientDetail,
  gradientDetailOf,
  policyDetailOf,
  progressiveDetailOf,
  type SearchRecord,
  type SearchStep,
  stagedDetailOf,
} from '@tenas/records';
import { type Cell, type Column, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { agentRegret } from '../figures/agent-regret.js';
import { bestSoFar } from '../figures/best-so-far.js';
import { finalistScatter } from '../figures/finalist-scatter.js';
import { learntArchitecture } from '../figures/learnt-architecture.js';
import { type PolicyOverTime, policyEntropy, policyMap } from '../figures/policy-over-time.js';
import { stagedFront } from '../figures/staged-front.js';
import { type Html, html } from '../html.js';
import { figureGrid } from '../page.js';
import { metricText, type ShownMetric, shownMetric } from '../shown-metric.js';
import { agentsStory } from './agents-story.js';
import { finalistsTable } from './finalists-table.js';
import { levelFigures, levelsStory } from './levels-story.js';
import type { SearchStory } from './search-story.js';
import { stagedStory } from './staged-story.js';

/** Rows of the table of steps. */
const MOST_ROWS = 2000;

/** The steps to list: all of them, or where there are too many those in which the best changed, the last ones. */
function listed(steps: readonly SearchStep[]): readonly SearchStep[] {
  if (steps.length <= MOST_ROWS) return steps;
  const changes = steps.filter(
    ({ best }, index) => best !== undefined && best.architecture !== steps[index - 1]?.best?.architecture,
  );
  return changes.slice(-MOST_ROWS);
}

function stepTable(steps: readonly SearchStep[], metrics: readonly ShownMetric[], name: string): Html {
  const number = (value: number | null | undefined, shown: string): Cell =>
    value === null || value === undefined ? null : { value, shown };
  const rows = listed(steps);
  return dataTable({
    name,
    caption:
      rows.length === steps.length
        ? 'Every step, and the best architecture after it'
        : `Steps in which the best architecture changed, ${plural(rows.length, 'step')} of ${countText(steps.length)}`,
    columns: [
      { label: 'step', kind: 'number' },
      { label: 'what', kind: 'text' },
      { label: 'evaluations', kind: 'number' },
      { label: 'seconds', kind: 'number' },
      ...metrics.map(({ symbol }): Column => ({ label: `${symbol} of the best`, kind: 'number' })),
      { label: 'best', kind: 'code' },
    ],
    rows: rows.map(({ step, label, evaluations, seconds, best }) => {
      const asked = Object.values(evaluations).reduce((sum, times) => sum + times, 0);
      return [
        number(step + 1, String(step + 1)),
        label,
        number(asked, countText(asked)),
        number(seconds, numberText(seconds)),
        ...metrics.map(({ name: metric }) => {
          const value = best?.scores[metric]?.value;
          return number(value, metricText(value));
        }),
        best?.architecture ?? null,
      ];
    }),
  });
}

function isFigure(figure: Figure | null): figure is Figure {
  return figure !== null;
}

/** The last probability of every choice. */
function policyTable({ decisions, states }: PolicyOverTime, name: string): Html | null {
  const last = states.at(-1);
  if (last === undefined) return null;
  return dataTable({
    name,
    caption: 'Probability of every choice',
    columns: [
      { label: 'decision', kind: 'category' },
      { label: 'choice', kind: 'text' },
      { label: 'probability', kind: 'number' },
    ],
    rows: decisions
      .flatMap((decision, place) =>
        decision.choices.map((choice, index): Cell[] => {
          const value = last.probabilities[place]![index]!;
          return [decision.name, choice, { value, shown: value.toFixed(3) }];
        }),
      )
      .slice(0, MOST_ROWS),
  });
}

/** The probabilities that a search learnt; null where it learnt none. */
function policyOf(record: SearchRecord, learnt: GradientDetail | null): PolicyOverTime | null {
  if (learnt !== null) {
    const { decisions, states } = learnt;
    return { decisions, states: states.map((state) => ({ ...state, at: state.epoch })), unit: 'epoch' };
  }
  const policy = policyDetailOf(record);
  if (policy === null) return null;
  const { decisions, states } = policy;
  return { decisions, states: states.map((state) => ({ ...state, at: state.drawn })), unit: 'draw' };
}

/** The story of any search: the best architecture after each step. @param suffix of names of figures */
export function stepsStory(record: SearchRecord, suffix: string): SearchStory {
  const { steps, strategy } = record;
  const best = bestSoFar(record).map((figure): Figure => ({ ...figure, name: `${figure.name}${suffix}` }));
  const learnt = gradientDetailOf(record);
  const policy = policyOf(record, learnt);
  const agents = agentsDetailOf(record);
  const progressive = progressiveDetailOf(record);
  const staged = stagedDetailOf(record);
  const learned = [
    agents === null ? null : agentRegret(agents, suffix),
    ...(staged?.stages.map((stage) => stagedFront(staged, stage, suffix)) ?? []),
    ...(policy === null ? [] : [policyMap(policy, suffix), policyEntropy(policy, suffix)]),
    ...(learnt === null ? [] : [...learntArchitecture(learnt, suffix), finalistScatter(learnt, suffix)]),
    ...(progressive === null ? [] : levelFigures(progressive, suffix)),
  ];
  const figures = [...best, ...learned.filter(isFigure)];
  const names = new Set(steps.flatMap(({ best }) => Object.keys(best?.scores ?? {})));
  const metrics = [...names].map((name) => shownMetric(name, record.metrics));
  const asked = Object.values(record.evaluations).reduce((sum, times) => sum + times, 0);
  return {
    method: `Strategy ${strategy}`,
    summary: `${plural(steps.length, 'step')}${asked === 0 ? '' : ` and ${plural(asked, 'evaluation')}`} found one architecture.`,
    metrics:
      metrics.length > 0 ? metrics : record.metrics.map(({ name }) => shownMetric(name, record.metrics)),
    figures,
    body:
      steps.length === 0
        ? html``
        : html`<h2>Step by step</h2>
${figureGrid(figures)}
${agents === null ? null : agentsStory(agents, suffix)}
${progressive === null ? null : levelsStory(progressive, suffix)}
${staged === null ? null : stagedStory(staged, suffix)}
${learnt?.finalists === undefined ? null : finalistsTable(learnt.finalists, suffix, learnt.finetuning)}
${policy === null ? null : html`<details><summary>The policy in the end</summary>${policyTable(policy, `policy-table${suffix}`)}</details>`}
${stepTable(steps, metrics.slice(0, 8), `steps${suffix}`)}`,
  };
}
