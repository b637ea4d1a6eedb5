import type { AgentsDetail } from '@tenas/records';
import { type Html, html } from '../html.js';
import { finalistsTable } from './finalists-table.js';

/** Both answers of a search by agents, and the networks that were compared in the end. */
export function agentsStory({ answers, finalists, loss }: AgentsDetail, suffix: string): Html {
  const answer = (text: string | null) => (text === null ? html`none` : html`<code>${text}</code>`);
  const best =
    loss === 'metrics'
      ? 'The best network that they drew'
      : 'The best of the networks that were compared under the trained weights';
  return html`<h3>What the agents came to</h3>
<p>The choices that they prefer: ${answer(answers.policy)}. ${best}: ${answer(answers.best)}.</p>
${finalistsTable(finalists, suffix)}`;
}
