import { ACCURACY_COLUMNS } from './found-accuracy.js';
import type { PublishedRanking } from './published-rankings.js';
import { PUBLISHED_FIGURES, SUITE_COLUMNS } from './published-variants.js';
import { FEWER, markdownTable } from './text-table.js';

/** The accuracy that the published figures are about. */
const [JUDGED_BY] = ACCURACY_COLUMNS;

const LETTERS = { tau: 'τ', rho: 'ρ' } as const;

/**
 * The published figures beside ours, with settings like the authors' and with the small network; the controls below. Those
 * of cells without unreachable operations are marked.
 */
export function publishedTable(rankings: readonly PublishedRanking[]): string {
  const rows = rankings.filter(({ accuracy }) => accuracy === JUDGED_BY);
  const metrics = PUBLISHED_FIGURES.map(({ population, metric, settings, figure, value, source }) => {
    const row = rows.find(
      (one) => one.metric === metric && one.settings === settings && one.population === population,
    );
    return [
      `\`${metric}\`${population === 'all' ? '' : FEWER}`,
      settings,
      `${LETTERS[figure]} ${value.toFixed(2)}`,
      row === undefined ? '-' : ownFigure(row, figure, ''),
      row === undefined ? '-' : ownFigure(row, figure, 'small'),
      source,
    ];
  });
  const controls = rows
    .filter(({ settings, population }) => settings === '' && population === 'all')
    .map((row) => [
      `*${row.metric}*`,
      '',
      '',
      `${ownFigure(row, 'tau', '')}, ${ownFigure(row, 'rho', '')}`,
      '',
      '',
    ]);
  return markdownTable(
    ['', 'settings', 'published', 'ours, C=16, N=5', 'ours, small network', 'source'],
    [...metrics, ...controls],
  );
}

/** Kendall's tau with its interval, or Spearman's rho. */
function ownFigure(row: PublishedRanking, figure: keyof typeof LETTERS, of: '' | 'small'): string {
  if (figure === 'rho') return `ρ ${signed(of === '' ? row.rho : row.smallRho)}`;
  const [tau, low, high] =
    of === '' ? [row.tau, row.low, row.high] : [row.smallTau, row.smallLow, row.smallHigh];
  return `τ ${signed(tau)} [${signed(low)}, ${signed(high)}]`;
}

/** The scores that NAS-Bench-Suite-Zero published beside ours, on the same cells. */
export function suiteTable(rankings: readonly PublishedRanking[]): string {
  const rows = SUITE_COLUMNS.flatMap(
    ({ metric, settings }) =>
      rankings.find(
        (one) =>
          one.accuracy === JUDGED_BY &&
          one.metric === metric &&
          one.settings === settings &&
          one.population === 'without-unreachable',
      ) ?? [],
  );
  return markdownTable(
    ['', 'τ, their scores', 'τ, ours, C=16, N=5', 'τ, ours, small network', 'ρ of their scores and ours'],
    rows.map((row) => [
      `\`${row.metric}\``,
      ...[row.suiteTau, row.tau, row.smallTau, row.alike].map((value) =>
        value === '' ? '-' : signed(value),
      ),
    ]),
  );
}

function signed(value: string): string {
  return Number(value).toFixed(2).replace('-', '−');
}
