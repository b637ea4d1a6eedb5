import { countText, durationText, numberText, plural } from '@tenas/base';
import { liveFront } from './figures/live-front.js';
import { type Html, html, type Part } from './html.js';
import type { ChoicesOf, LiveState } from './live-state.js';
import { figureGrid, LOGO, pageAsset, servedHead, styles, tiles } from './page.js';
import { architectureView } from './sections/cell-figures.js';

/** Files of the live page, as text. */
export interface LivePage {
  readonly html: string;
  readonly script: string;
}

/** Parts of the page, in their order: each is replaced as a whole when it changes. */
export const LIVE_PARTS = ['progress', 'best', 'front', 'tasks', 'failures'] as const;

/** A part of the live page. */
export type LivePart = (typeof LIVE_PARTS)[number];

/**
 * The page of a running batch. It contacts nothing but its own server.
 *
 * @param given.title of the batch, for people
 * @param given.script path of the page's script, which is returned
 * @param given.events path of the server-sent events: each is JSON, some of {@link LIVE_PARTS} with their new markup, and
 *   `status`, a line of text
 */
export function livePage(given: {
  readonly title: string;
  readonly script: string;
  readonly events: string;
}): LivePage {
  const policy =
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src data:; " +
    "base-uri 'none'; form-action 'none'";
  const markup = html`${servedHead({ title: given.title, policy, style: styles() })}
<body>
<a class="skip" href="#main">Skip to the content</a>
<div class="wrap">
<header class="masthead"><span class="brand">${LOGO} tenas</span></header>
<main id="main" data-events="${given.events}">
<h1>${given.title}</h1>
<p class="lead" id="status" role="status">Connecting …</p>
${LIVE_PARTS.map((part) => html`<section id="${part}"></section>`)}
</main>
<footer>Made by tenas. This page follows the batch and changes nothing.</footer>
</div>
<script type="module" src="${given.script}"></script>
</body>
</html>
`.markup;
  return { html: markup, script: pageAsset('live-page.mjs') };
}

/** The status of a batch in one line: `120 of 500 jobs, 3 failed, 24 jobs/s, about 16 s left`. */
export function liveStatus({ jobs, rate, secondsLeft, secondsLeftAreLeast, ended }: LiveState): string {
  const failed = jobs.failed === 0 ? '' : `, ${plural(jobs.failed, 'failure')}`;
  if (ended) return `Ended: ${countText(jobs.done)} of ${plural(jobs.total, 'job')} done${failed}`;
  const speed = rate === null ? '' : `, ${numberText(rate, 3)} jobs/s`;
  const left =
    secondsLeft === null
      ? ''
      : `, ${secondsLeftAreLeast ? 'more than' : 'about'} ${durationText(secondsLeft)} left`;
  return `${countText(jobs.done)} of ${plural(jobs.total, 'job')} done${failed}${speed}${left}`;
}

/** The markup of each part of the page. @param choicesOf draws architectures; without it they are text alone */
export function liveParts(
  state: LiveState,
  choicesOf: ChoicesOf = () => null,
): Readonly<Record<LivePart, string>> {
  const parts: Record<LivePart, Part> = {
    progress: progressPart(state),
    best: bestPart(state, choicesOf),
    front: figureGrid(state.best.flatMap((best) => liveFront(best) ?? [])),
    tasks: tasksPart(state),
    failures: failuresPart(state),
  };
  return Object.fromEntries(
    LIVE_PARTS.map((part) => [part, html`${parts[part]}`.markup]),
  ) as unknown as Record<LivePart, string>;
}

function progressPart({ jobs, rate, secondsLeft, secondsLeftAreLeast, ended }: LiveState): Html {
  return html`<progress max="${jobs.total}" value="${jobs.done + jobs.failed}" aria-label="jobs that are done or have failed"></progress>
${tiles([
  ['done', `${countText(jobs.done)} of ${countText(jobs.total)}`],
  ['failed', countText(jobs.failed)],
  ['jobs per second', rate === null ? '–' : numberText(rate, 3)],
  [
    'time left',
    ended
      ? 'none'
      : secondsLeft === null
        ? '–'
        : `${secondsLeftAreLeast ? '> ' : ''}${durationText(secondsLeft)}`,
  ],
])}`;
}

function bestPart({ best }: LiveState, choicesOf: ChoicesOf): Part {
  return best.map(({ metric, better, results }) => {
    const [first] = results;
    if (first === undefined) return null;
    const several = new Set(results.map(({ dataset }) => dataset)).size > 1;
    const domain = choicesOf(first.space, first.architecture);
    const view =
      domain === null ? null : architectureView(domain, `best-${metric}`, '', `: best by ${metric} so far`);
    return html`<h2>Best by ${metric}</h2>
<p class="soft">${better === 'higher' ? 'Higher' : 'Lower'} is better.</p>
<div class="scroll" role="region" aria-label="Best by ${metric}" tabindex="0"><table><caption>The best ${plural(results.length, 'job')} so far</caption>
<thead><tr><th scope="col" class="number">${metric}</th><th scope="col" class="number">parameters</th>${several ? html`<th scope="col">dataset</th>` : null}<th scope="col">architecture</th><th scope="col" class="number">seed</th></tr></thead>
<tbody>${results.map(
      ({ architecture, dataset, value, params, seed }) =>
        html`<tr><td class="number">${numberText(value, 5)}</td><td class="number">${params === null ? '–' : countText(params)}</td>${several ? html`<td>${dataset}</td>` : null}<td class="code">${architecture}</td><td class="number">${seed}</td></tr>`,
    )}</tbody></table></div>
${view === null ? null : figureGrid(view.figures)}`;
  });
}

function tasksPart({ tasks }: LiveState): Part {
  if (tasks.length === 0) return null;
  return html`<h2>Kinds of jobs</h2>
<div class="scroll" role="region" aria-label="Kinds of jobs" tabindex="0"><table><caption>How far each is</caption>
<thead><tr><th scope="col">jobs</th><th scope="col" class="number">done</th><th scope="col" class="number">of</th><th scope="col" class="number">failed</th><th scope="col" class="number">time of one</th></tr></thead>
<tbody>${tasks.map(
    ({ name, done, total, failed, secondsEach }) =>
      html`<tr><th scope="row">${name}</th><td class="number">${countText(done)}</td><td class="number">${countText(total)}</td><td class="number">${countText(failed)}</td><td class="number">${secondsEach === null ? '–' : durationText(secondsEach)}</td></tr>`,
  )}</tbody></table></div>`;
}

function failuresPart({ failures }: LiveState): Part {
  if (failures.length === 0) return null;
  return html`<h2>Failures</h2>
<p class="soft"><code>tenas batch retry</code> lets them run again.</p>
<ul>${failures.map(({ code, error, jobs }) => html`<li>${plural(jobs, 'job')}: <code>${code}</code> ${error}</li>`)}</ul>`;
}
