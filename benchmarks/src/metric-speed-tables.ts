import { SPEED_NETWORK_NAMES, SPEED_NETWORKS, type SpeedNetwork } from './metric-speed-cases.js';
import { readSpeeds, type Speed } from './metric-speed-file.js';
import { figure, markdownTable } from './text-table.js';

/** Milliseconds of a metric per network. */
interface Cell {
  readonly ours: number | undefined;
  readonly torch: number | undefined;
}

/**
 * The tables of the docs that figures of metrics stand in, as Markdown, each below a line that says where it belongs.
 *
 * @param text of the file that `npm run bench:metrics` writes
 * @throws TenasError `CSV_INVALID`
 */
export function speedTables(text: string, name: string): string {
  const speeds = readSpeeds(text, name);
  const most = Math.max(
    ...speeds.flatMap(({ network, threads }) => (network in SPEED_NETWORKS ? [threads] : [])),
  );
  const cell = (network: string, metric: string, threads: number): Cell => {
    const of = (side: string) =>
      speeds.find(
        (one) =>
          one.network === network && one.metric === metric && one.threads === threads && one.side === side,
      )?.median;
    return { ours: of('ours'), torch: of('torch') };
  };
  const names = (network: string, shared: boolean) => [
    ...new Set(
      speeds.flatMap((one) =>
        one.network === network && one.metric.includes('+') === shared ? [one.metric] : [],
      ),
    ),
  ];
  const parts = SPEED_NETWORK_NAMES.flatMap((network) => [
    `docs/performance.md, ${SPEED_NETWORKS[network].title}`,
    comparison(names(network, false), (metric, threads) => cell(network, metric, threads), most),
  ]);
  return [
    ...parts,
    'docs/performance.md, several metrics of one pass',
    sharedTable(
      SPEED_NETWORK_NAMES.flatMap((network) => names(network, true).map((metric) => [network, metric])),
      {
        cell,
        threads: most,
      },
    ),
    'docs/metrics.md',
    costs(names('small', false), (network, metric) => cell(network, metric, 1)),
    'README.md',
    wholeSpace(speeds),
  ].join('\n\n');
}

function comparison(
  metrics: readonly string[],
  cell: (metric: string, threads: number) => Cell,
  most: number,
): string {
  const counts = most === 1 ? [1] : [1, most];
  const header = counts.flatMap((threads) => {
    const on = threads === 1 ? '1 thread' : `${threads} threads`;
    return [`${on}: ms`, 'PyTorch', 'times faster'];
  });
  return markdownTable(
    ['metric', ...header],
    metrics.map((metric) => [
      `\`${metric}\``,
      ...counts.flatMap((threads) => {
        const { ours, torch } = cell(metric, threads);
        return [figure(ours), figure(torch), ratio(torch, ours)];
      }),
    ]),
  );
}

function ratio(slower: number | undefined, faster: number | undefined): string {
  return slower === undefined || faster === undefined ? '-' : `${figure(slower / faster)} x`;
}

function sharedTable(
  passes: readonly (readonly string[])[],
  {
    cell,
    threads,
  }: {
    readonly cell: (network: string, metric: string, threads: number) => Cell;
    readonly threads: number;
  },
): string {
  const rows = passes.map(([network, joined]) => {
    const singles = joined!.split('+').map((metric) => cell(network!, metric, threads));
    const { ours } = cell(network!, joined!, threads);
    const sum = (side: keyof Cell) => singles.reduce((all, one) => all + (one[side] ?? Number.NaN), 0);
    const metrics = joined!.split('+').map((metric) => `\`${metric}\``);
    return [
      SPEED_NETWORKS[network as SpeedNetwork].title,
      metrics.join(', '),
      figure(ours),
      figure(sum('ours')),
      figure(sum('torch')),
      ratio(sum('torch'), ours),
    ];
  });
  return markdownTable(
    ['network', 'metrics', 'together, ms', 'one by one, ms', 'one by one in PyTorch, ms', 'times faster'],
    rows,
  );
}

function costs(metrics: readonly string[], cell: (network: SpeedNetwork, metric: string) => Cell): string {
  return markdownTable(
    ['metric', ...Object.values(SPEED_NETWORKS).map(({ title }) => `ms, ${title}`)],
    metrics.map((metric) => [
      `\`${metric}\``,
      ...SPEED_NETWORK_NAMES.map((network) => figure(cell(network, metric).ours)),
    ]),
  );
}

function wholeSpace(speeds: readonly Speed[]): string {
  return markdownTable(
    ['', 'here'],
    speeds
      .filter(({ network }) => network === 'space')
      .map(({ metric, median }) => [
        `all 15,625 architectures of NAS-Bench-201 scored by ${metric.split('+').join(', ')}`,
        `${figure(median)} s`,
      ]),
  );
}
