import type { Ranking } from './study-rankings.js';
import { STUDY_TABLES } from './study-tables.js';
import { markdownTable } from './text-table.js';

/** A column of the tables of rankings: a table of accuracies, and a column of it. */
interface Judged {
  readonly title: string;
  readonly table: string;
  readonly accuracy: string;
}

/** The columns of accuracies by which tables are judged, in order; the rankings say which there are. */
function judgedBy(rankings: readonly Ranking[]): Judged[] {
  return STUDY_TABLES.flatMap(({ name, title }) => {
    const accuracies = [
      ...new Set(rankings.filter(({ table }) => table === name).map(({ accuracy }) => accuracy)),
    ];
    return accuracies.map((accuracy) => ({
      title: accuracies.length === 1 ? title : `${title}, ${accuracy.replace(/_test200$/, '')}`,
      table: name,
      accuracy,
    }));
  });
}

/**
 * One figure of every metric on every table: a row per metric, those with the best mean first.
 * @param figure a column of the rankings that holds numbers
 */
export function rankingTable(
  rankings: readonly Ranking[],
  figure: 'tau' | 'rho' | 'tauTop' | 'tauPartial' | 'precisionTop' | 'ndcg',
  population = 'all',
): string {
  const of = rankings.filter((row) => row.population === population && row[figure] !== '');
  const columns = judgedBy(of);
  const metrics = [...new Set(of.map(({ metric }) => metric))];
  const rows = metrics.map((metric) => {
    const cells = columns.map(({ table, accuracy }) =>
      of.find((row) => row.table === table && row.accuracy === accuracy && row.metric === metric),
    );
    const values = cells.flatMap((cell) => (cell === undefined ? [] : [Number(cell[figure])]));
    return {
      mean: values.reduce((sum, value) => sum + value, 0) / columns.length,
      cells: [
        cells.some((cell) => cell?.control === 'yes') ? `*${metric}*` : `\`${metric}\``,
        ...cells.map((cell) =>
          cell === undefined ? '-' : Number(cell[figure]).toFixed(2).replace('-', '−'),
        ),
      ],
    };
  });
  rows.sort((a, b) => b.mean - a.mean);
  return markdownTable(
    ['', ...columns.map(({ title }) => title)],
    rows.map(({ cells }) => cells),
  );
}
