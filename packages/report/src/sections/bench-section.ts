import { countText, numberText } from '@tenas/base';
import type { BenchDocument, BenchRow } from '@tenas/records';
import { dataTable } from '../data-table.js';
import type { Figure } from '../figure.js';
import { type Html, html } from '../html.js';
import { facts, figureBlock, figureGrid } from '../page.js';

function verdict({ target, stretch, better, summary }: BenchRow): string {
  const { median } = summary;
  if (target === undefined || median === null) return '–';
  const reaches = (wanted: number) => (better === 'lower' ? median <= wanted : median >= wanted);
  if (stretch !== undefined && reaches(stretch)) return 'beyond';
  return reaches(target) ? 'met' : 'missed';
}

function rowTable(bench: BenchDocument, name: string): Html {
  const number = (value: number | null | undefined, unit = '') =>
    value === null || value === undefined ? null : { value, shown: `${numberText(value)}${unit}` };
  return dataTable({
    name,
    caption: 'Measurements: median, and what nine in ten are above and below',
    columns: [
      { label: 'measurement', kind: 'text' },
      { label: 'median', kind: 'number' },
      { label: '10 %', kind: 'number' },
      { label: '90 %', kind: 'number' },
      { label: 'unit', kind: 'category' },
      { label: 'samples', kind: 'number' },
      { label: 'target', kind: 'number' },
      { label: 'outcome', kind: 'category' },
      { label: 'GFLOP/s', kind: 'number' },
      { label: 'of the peak', kind: 'number' },
    ],
    rows: bench.rows.map((row) => {
      const { title, unit, summary, target, gflops, shareOfPeak } = row;
      return [
        title,
        number(summary.median),
        number(summary.p10),
        number(summary.p90),
        unit,
        number(summary.count),
        number(target),
        verdict(row),
        number(gflops),
        number(typeof shareOfPeak === 'number' ? 100 * shareOfPeak : null, ' %'),
      ];
    }),
  });
}

/** How fast it is. @param name unique on the page */
export function benchSection(bench: BenchDocument, figures: readonly Figure[], name: string): Html {
  const { machine, date, kind, warnings } = bench;
  const titles: Readonly<Record<string, string>> = {
    bench: 'Speed',
    peer: 'Speed beside PyTorch',
    scaling: 'Speed by the number of threads',
  };
  return html`<section class="result">
<h1>${titles[kind] ?? `Speed (${kind})`}</h1>
<p class="lead">${machine.cpu}, ${countText(machine.cores)} cores, ${machine.isa}; ${date.slice(0, 16).replace('T', ' ')} UTC.</p>
${warnings.map((warning) => html`<p class="notice">${warning}</p>`)}
${figures.filter(({ width }) => width > 520).map((figure) => figureBlock(figure, true))}
${figureGrid(figures.filter(({ width }) => width <= 520))}
<h2>All measurements</h2>
${rowTable(bench, name)}
<div class="card">${facts([
    ['Node', machine.node],
    ['compiler', machine.compiler],
    ['commit', html`<code>${machine.commit}</code>`],
  ])}</div>
</section>`;
}
