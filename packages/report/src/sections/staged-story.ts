import { numberText, plural } from '@tenas/base';
import type { StagedDetail } from '@tenas/records';
import { type Cell, dataTable } from '../data-table.js';
import { frontOf } from '../figures/staged-front.js';
import { type Html, html } from '../html.js';

/** Rows of the table of operators. */
const MOST_ROWS = 2000;

/** What was bounded, the front of the last stage, and the operators of each layer. */
export function stagedStory(detail: StagedDetail, suffix: string): Html {
  const { bound, unit, latency, stages, layers } = detail;
  const number = (value: number, shown: string): Cell => ({ value, shown });
  const last = stages.at(-1);
  const of = latency === null ? '' : `, predicted for ${latency.device} by ${latency.file}`;
  return html`<h3>Stages within ${numberText(bound)} ${unit}</h3>
<p>At most ${numberText(bound)} ${unit}${of}. ${stages.map(
    ({ name, searched, candidates }) =>
      html`Stage <i>${name}</i>: ${plural(searched.length, 'layer')}, ${plural(candidates.length, 'candidate')}. `,
  )}</p>
${
  last === undefined
    ? null
    : dataTable({
        name: `front-table${suffix}`,
        caption: 'Candidates of the last stage that no cheaper one beats, under the weights of its supernet',
        columns: [
          { label: unit, kind: 'number' },
          { label: 'accuracy, %', kind: 'number' },
          { label: 'architecture', kind: 'code' },
        ],
        rows: frontOf(last.candidates).map(({ cost, accuracy, architecture }) => [
          number(cost, numberText(cost)),
          number(accuracy, (100 * accuracy).toFixed(1)),
          architecture,
        ]),
      })
}
<details><summary>Operators of each layer</summary>${dataTable({
    name: `operators${suffix}`,
    caption: 'Capacity against cost; counts and cost are beyond the smallest of the layer',
    columns: [
      { label: 'layer', kind: 'category' },
      { label: 'operator', kind: 'text' },
      { label: 'score', kind: 'number' },
      { label: 'parameters', kind: 'number' },
      { label: 'multiply-adds', kind: 'number' },
      { label: unit, kind: 'number' },
      { label: 'kept', kind: 'category' },
    ],
    rows: layers
      .flatMap(({ decision, operators }) =>
        operators.map((one): Cell[] => [
          decision,
          one.choice,
          number(one.score, one.score.toFixed(2)),
          number(one.params, numberText(one.params)),
          number(one.macs, numberText(one.macs)),
          number(one.cost, numberText(one.cost)),
          one.kept ? 'yes' : 'no',
        ]),
      )
      .slice(0, MOST_ROWS),
  })}</details>`;
}
