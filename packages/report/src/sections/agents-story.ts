import type { AgentsDetail } from '@tenas/records';
import { dataTable } from '../data-table.js';
import { type Html, html } from '../html.js';

/** Both answers of a search by agents, and the networks that were compared in the end. */
export function agentsStory({ answers, finalists, loss }: AgentsDetail, suffix: string): Html {
  const answer = (text: string | null) => (text === null ? html`none` : html`<code>${text}</code>`);
  const best =
    loss === 'metrics'
      ? 'The best network that they drew'
      : 'The best of the networks that were compared under the trained weights';
  return html`<h3>What the agents came to</h3>
<p>The choices that they prefer: ${answer(answers.policy)}. ${best}: ${answer(answers.best)}.</p>
${
  finalists.length === 0
    ? null
    : dataTable({
        name: `finalists${suffix}`,
        caption: 'Networks under the trained weights, on images that these were not trained on',
        columns: [
          { label: 'accuracy, %', kind: 'number' },
          { label: 'loss', kind: 'number' },
          { label: 'architecture', kind: 'code' },
        ],
        rows: finalists.map((one) => [
          { value: one.accuracy, shown: (100 * one.accuracy).toFixed(1) },
          { value: one.loss, shown: one.loss.toFixed(3) },
          one.architecture,
        ]),
      })
}`;
}
