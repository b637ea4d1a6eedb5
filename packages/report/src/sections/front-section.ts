import { kneesOf, plural } from '@tenas/base';
import { minimisedValues, type SearchRecord } from '@tenas/records';
import { type Cell, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import {
  kneeText,
  memberText,
  objectiveLabel,
  paretoFrontFigure,
  type ShownFront,
} from '../figures/pareto-front.js';
import { type Html, html } from '../html.js';
import { figureBlock } from '../page.js';
import { metricText } from '../shown-metric.js';

/** Members that are drawn and listed. */
const MOST_MEMBERS = 2000;

/** The front of a search by several objectives: figures, and what stands around them. */
export interface FrontSection {
  readonly figures: readonly Figure[];
  readonly body: Html;
}

/** The front of a record; null where it has none. @param suffix that makes names unique on a page */
export function frontSection(record: SearchRecord, suffix: string): FrontSection | null {
  const front = shownFront(record);
  if (front === null) return null;
  const { objectives, members } = front;
  const figures = objectives.slice(1).map((other) => paretoFrontFigure(front, other, suffix));
  const names = objectives.map(({ name }) => name);
  const single = members.length === 1;
  const hasKnees = front.knees.length > 0;
  const body = html`<h2>The front</h2>
${
  single
    ? html`<p>One architecture is best by all objectives: no other one of the search is better in any of ${names.join(', ')}.</p>`
    : html`<p>${plural(members.length, 'architecture')} that no other one of the search beats in all of ${names.join(', ')}. ${
        hasKnees
          ? html`At a <em>knee</em> the front bulges: to gain a little in one objective costs much in another.`
          : 'It has no knee.'
      }</p>`
}
<div data-front>
<div class="grid">${figures.map((figure) => figureBlock(figure))}</div>
${single ? null : reader(front, suffix)}
</div>
${dataTable({
  name: `front${suffix}`,
  caption: `The front, the best by ${names[0]} first`,
  columns: [
    { label: 'place', kind: 'number' },
    // Beside the place, so that a phone shows it without scrolling.
    ...(hasKnees ? [{ label: 'knee', kind: 'category' } as const] : []),
    ...objectives.map((objective) => ({ label: objectiveLabel(objective), kind: 'number' }) as const),
    { label: 'architecture', kind: 'code' },
  ],
  rows: members.map(({ architecture, values }, place): Cell[] => [
    { value: place + 1, shown: String(place + 1) },
    ...(hasKnees ? [kneeText(front, place) || null] : []),
    ...names.map((name) => ({ value: values[name]!, shown: metricText(values[name]) })),
    architecture,
  ]),
})}`;
  return { figures, body };
}

/** Steps through the members of a front, by the script of the page. */
function reader(front: ShownFront, suffix: string): Html {
  return html`<div class="front-reader" hidden><label>Architecture on the front
<input type="range" min="1" max="${front.members.length}" value="1" aria-describedby="front-text${suffix}"></label>
<output id="front-text${suffix}">${memberText(front, 0)}</output></div>`;
}

/** The members that have all values; null where there is no front to show. */
function shownFront(record: SearchRecord): ShownFront | null {
  const { objectives = [] } = record;
  const all = record.status === 'complete' ? (record.front ?? []) : [];
  const members = all
    .filter(({ values }) => objectives.every(({ name }) => values[name] !== undefined))
    .slice(0, MOST_MEMBERS);
  if (objectives.length < 2 || members.length === 0) return null;
  return {
    objectives,
    members,
    knees: kneesOf(members.map((member) => minimisedValues(member, objectives))),
  };
}
