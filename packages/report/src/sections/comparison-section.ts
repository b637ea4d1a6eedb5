import { countText, durationText, numberText, plural } from '@tenas/base';
import type { BatchComparison, PairedSettings, PairedValues } from '@tenas/records';
import { type Cell, dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { pairedFigures } from '../figures/paired-figures.js';
import { type Html, html } from '../html.js';
import { facts, figureGrid } from '../page.js';
import type { ReportContext } from '../report-context.js';
import { metricText, type ShownMetric, shownMetric } from '../shown-metric.js';

type Estimate = PairedValues['difference'];

function number(value: number | null, shown = numberText(value)): Cell {
  return value === null ? null : { value, shown };
}

function withInterval({ value, low, high }: Estimate): Cell {
  const interval = low === null || high === null ? '' : ` [${numberText(low)}, ${numberText(high)}]`;
  return number(value, `${numberText(value)}${interval}`);
}

type Shown = (metric: string) => ShownMetric;

/** One line per metric. */
function metricTable({ metrics, over }: PairedSettings, shown: Shown, name: string): Html {
  const ranked = metrics.some(({ spearman }) => spearman.value !== null);
  return dataTable({
    name,
    caption: `Values of both batches over ${over}, each of which counts once.`,
    columns: [
      { label: 'metric', kind: 'text' },
      { label: 'better', kind: 'text' },
      { label: over, kind: 'number' },
      { label: 'mean of A', kind: 'number' },
      { label: 'mean of B', kind: 'number' },
      { label: 'B − A', kind: 'number' },
      { label: 'median', kind: 'number' },
      { label: 'higher in A', kind: 'number' },
      { label: 'higher in B', kind: 'number' },
      { label: 'equal', kind: 'number' },
      { label: 'p', kind: 'number' },
      ...(ranked
        ? ([
            { label: 'τ', kind: 'number' },
            { label: 'ρ', kind: 'number' },
          ] as const)
        : []),
    ],
    rows: metrics.map((paired) => [
      shown(paired.metric).title,
      shown(paired.metric).better ?? '–',
      number(paired.units),
      number(paired.mean.a, metricText(paired.mean.a)),
      number(paired.mean.b, metricText(paired.mean.b)),
      withInterval(paired.difference),
      number(paired.median),
      number(paired.higher.a),
      number(paired.higher.b),
      number(paired.equal),
      number(paired.signedRank),
      ...(ranked ? [withInterval(paired.kendall), withInterval(paired.spearman)] : []),
    ]),
  });
}

/** One line per pair. */
function pairTable({ kind, pairs, metrics }: PairedSettings, shown: Shown, name: string): Html {
  const searches = kind === 'search';
  return dataTable({
    name,
    caption: searches ? 'Searches of the same seed in both batches.' : 'Jobs that both batches have.',
    columns: [
      { label: 'seed', kind: 'number' },
      ...(searches ? [{ label: 'found', kind: 'category' } as const] : []),
      ...metrics.flatMap(({ metric }) =>
        ['A', 'B'].map((batch) => ({ label: `${shown(metric).symbol} ${batch}`, kind: 'number' as const })),
      ),
      { label: searches ? 'architecture of A' : 'architecture', kind: 'code' },
      ...(searches ? [{ label: 'architecture of B', kind: 'code' } as const] : []),
    ],
    rows: pairs.map(({ seed, a, b }, at) => [
      number(seed, String(seed)),
      ...(searches ? [a === b ? 'the same' : 'others'] : []),
      ...metrics.flatMap(({ values }) =>
        [values.a[at] ?? null, values.b[at] ?? null].map((value) => number(value, metricText(value))),
      ),
      a,
      ...(searches ? [b] : []),
    ]),
  });
}

const KINDS = { score: 'Scores', search: 'Searches', train: 'Trainings' } as const;

/** What both batches have in common, or what each has, behind a comma. */
function bothText({ a, b }: { readonly a: string | null; readonly b: string | null }): string {
  if (a === null && b === null) return '';
  return a === b ? `, ${a}` : `, ${a ?? 'none'} (A) and ${b ?? 'none'} (B)`;
}

/** What two settings have in common and what not. */
function settingsFacts({ differences, machines, only, seconds, foundSame, pairs }: PairedSettings): Html {
  const sides = (a: string, b: string) => html`${a} (A), ${b} (B)`;
  return facts([
    ['Pairs', countText(pairs.length)],
    ...(foundSame === null ? [] : [['Found the same', countText(foundSame)] as const]),
    ['In one batch only', sides(countText(only.a), countText(only.b))],
    ['Time of the pairs', sides(durationText(seconds.a), durationText(seconds.b))],
    ...differences.map(
      ({ setting, a, b }) =>
        [setting, html`<strong>${a ?? 'none'} (A), ${b ?? 'none'} (B)</strong>`] as const,
    ),
    ...(machines.a.length + machines.b.length === 0
      ? []
      : [
          [
            'Machines',
            html`<strong>${sides(machines.a.join(', '), machines.b.join(', '))}</strong>`,
          ] as const,
        ]),
  ]);
}

function settingsPart(
  paired: PairedSettings,
  context: ReportContext,
  shown: Shown,
  name: string,
): { readonly body: Html; readonly figures: readonly Figure[] } {
  const figures = pairedFigures(paired, shown, name);
  const { kind, space, dataset, images = { a: dataset, b: dataset }, method, differences } = paired;
  const notice =
    differences.length === 0
      ? 'The settings of both are equal.'
      : `${plural(differences.length, 'setting')} of the jobs ${differences.length === 1 ? 'differs' : 'differ'}: they are in bold.`;
  return {
    figures,
    body: html`<h2>${KINDS[kind]} on ${context.spaceTitle(space)}${bothText(images)}${bothText(method)}</h2>
<p>${notice}</p>
${settingsFacts(paired)}
${paired.metrics.length === 0 ? html`<p>No metric has values in both.</p>` : metricTable(paired, shown, `${name}-metrics`)}
${figureGrid(figures)}
${pairTable(paired, shown, `${name}-jobs`)}`,
  };
}

function lonePart({ unpaired, batches }: BatchComparison): Html | null {
  if (unpaired.length === 0) return null;
  const reasons = {
    absent: 'the other batch has none of the kind',
    ambiguous: 'the other batch has several',
  };
  return html`<h2>Not compared</h2>
<ul>${unpaired.map(
    ({ batch, kind, space, dataset, images = dataset, method, jobs, reason }) =>
      html`<li>${batches[batch].name}: ${plural(jobs, 'job')} (${[kind, space, images, method].filter((word) => word !== null).join(', ')}): ${reasons[reason]}</li>`,
  )}</ul>`;
}

/** A comparison of two batches as a section of a page. @param name unique on the page */
export function comparisonSection(
  comparison: BatchComparison,
  context: ReportContext,
  name: string,
): { readonly figures: readonly Figure[]; readonly body: Html } {
  const { batches, settings, bootstrap } = comparison;
  const shown = (metric: string) => shownMetric(metric, comparison.metrics, context.metrics);
  const parts = settings.map((paired, at) => settingsPart(paired, context, shown, `${name}-${at + 1}`));
  const percent = numberText(100 * bootstrap.confidence);
  const batch = (side: 'a' | 'b') =>
    html`<code>${batches[side].name}</code>, ${plural(batches[side].jobs.done, 'job')} done`;
  return {
    figures: parts.flatMap(({ figures }) => figures),
    body: html`<section class="result">
<h1>Two batches side by side</h1>
<p class="lead">A is ${batch('a')}; B is ${batch('b')}.</p>
<p>Jobs are paired by seed and architecture, searches by seed. Brackets hold ${percent} % intervals of a bootstrap of ${plural(bootstrap.resamples, 'resample')}; there are none of fewer than ten units. p is the two-sided probability of the signed-rank test. τ and ρ are the rank correlations of Kendall and Spearman between both batches.</p>
${parts.map(({ body }) => body)}
${lonePart(comparison)}
</section>`,
  };
}
