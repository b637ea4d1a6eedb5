import { listPresets, metricsOfPreset } from '@tenas/metrics';
import type { SpeedNetwork } from './metric-speed-cases.js';
import type { Speed } from './metric-speed-file.js';
import type { Ranking } from './study-rankings.js';
import { METRIC_GROUPS, STUDY_TABLES } from './study-tables.js';
import { FEWER, markdownTable, figure as significant } from './text-table.js';

/** A column of the tables of rankings: a table of accuracies, judged by all of its columns of accuracies. */
interface Judged {
  readonly title: string;
  readonly table: string;
  readonly accuracies: readonly string[];
  /** The most architectures that a metric was judged on. */
  readonly architectures: number;
}

/** The score that this project chose; it stands in bold. */
const CHOSEN = 'tenas';

/** Counts cost nothing that could be measured. */
const FREE = [...METRIC_GROUPS.counts!, 'random'];

function judgedBy(rankings: readonly Ranking[]): Judged[] {
  return STUDY_TABLES.flatMap(({ name, title }) => {
    const rows = rankings.filter(({ table }) => table === name);
    const accuracies = [...new Set(rows.map(({ accuracy }) => accuracy))];
    const architectures = Math.max(0, ...rows.map((row) => Number(row.architectures)));
    return rows.length === 0 ? [] : [{ title, table: name, accuracies, architectures }];
  });
}

/**
 * One figure of every metric on every table: a row per metric, those with the best mean first. The accuracies of one table
 * share a cell. Of metrics that were judged on fewer architectures than others of their table, the cell is marked.
 *
 * @param figure a column of the rankings that holds numbers
 * @param speeds adds a last column: ms per network, of the one that a metric looks at by default, on one thread
 */
export function rankingTable(
  rankings: readonly Ranking[],
  figure: 'tau' | 'rho' | 'tauTop' | 'tauPartial' | 'precisionTop' | 'ndcg',
  speeds: readonly Speed[] = [],
  population = 'all',
): string {
  const of = rankings.filter((row) => row.population === population && row[figure] !== '');
  const columns = judgedBy(of);
  const judgements = columns.reduce((sum, { accuracies }) => sum + accuracies.length, 0);
  const rows = [...new Set(of.map(({ metric }) => metric))].map((metric) => {
    const own = of.filter((row) => row.metric === metric);
    const cells = columns.map(({ table, accuracies, architectures }) => {
      const found = accuracies.flatMap(
        (accuracy) => own.find((row) => row.table === table && row.accuracy === accuracy) ?? [],
      );
      if (found.length === 0) return '-';
      const fewer = found.some((row) => Number(row.architectures) < architectures) ? FEWER : '';
      return found.map((row) => signed(row[figure])).join(' / ') + fewer;
    });
    const control = own.some((row) => row.control === 'yes');
    const cost = speeds.length === 0 ? [] : [significant(millisecondsOf(metric, speeds))];
    return {
      mean: own.reduce((sum, row) => sum + Number(row[figure]), 0) / judgements,
      cells: [
        control ? `*${metric}*` : metric === CHOSEN ? `**\`${metric}\`**` : `\`${metric}\``,
        ...cells,
        ...cost,
      ],
    };
  });
  rows.sort((a, b) => b.mean - a.mean);
  return markdownTable(
    ['', ...columns.map(({ title }) => title), ...(speeds.length === 0 ? [] : ['ms'])],
    rows.map(({ cells }) => cells),
  );
}

function signed(value: string): string {
  return Number(value).toFixed(2).replace('-', '−');
}

/** Of an aggregate, its metrics one by one. */
function millisecondsOf(metric: string, speeds: readonly Speed[]): number | undefined {
  const preset = listPresets().find(({ name }) => name === metric);
  if (preset !== undefined) {
    const parts = metricsOfPreset(preset).map((one) => millisecondsOf(one, speeds));
    return parts.reduce((sum, one) => (sum === undefined || one === undefined ? undefined : sum + one), 0);
  }
  if (FREE.includes(metric)) return 0;
  // On the network that the metric looks at by default: the deep one is measured for no others.
  const on = (network: SpeedNetwork) =>
    speeds.find(
      (one) =>
        (one.metric === metric || one.metric === `${metric} (sample)`) &&
        one.network === network &&
        one.side === 'ours' &&
        one.threads === 1,
    )?.median;
  return on('deep') ?? on('small');
}
