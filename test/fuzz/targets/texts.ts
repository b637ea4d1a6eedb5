import { readAccuracies, readIndexTable, readScores } from '@tenas/evaluation';
import { readDeviceTable } from '@tenas/latency';
import { getMetric } from '@tenas/metrics';
import { readCsv } from '@tenas/records';
import { getStrategy } from '@tenas/search';
import { getSpace, listSpaces } from '@tenas/spaces';
import { parseSpaceFile } from '@tenas/spaces/file';
import { readSettings } from '../../../packages/cli/src/settings-option.js';
import { parseSpec } from '../../../packages/runner/src/spec/read-spec.js';
import { readConstraints } from '../../../packages/search/src/constraints/read-constraint.js';
import { type FuzzTarget, textTarget } from '../target.js';
import { DARTS_TEXTS, NAS_BENCH_201_TEXTS, SPACE_FILES, SPECS } from './sample-texts.js';

const space = getSpace('nas-bench-201');
let cells: readonly string[] | undefined;

/** Some architectures as text. */
function someCells(): readonly string[] {
  cells ??= space.sample({ count: 12, seed: 1 }).map((architecture) => space.format(architecture));
  return cells;
}

const CSV_TOKENS = [
  ',',
  ';',
  '\t',
  '"',
  '\n',
  '#',
  'sep=;',
  'sep=,',
  '%',
  'nan',
  'inf',
  '-',
  'None',
  'arch',
  'test',
  'acc',
  'kappa',
  'params',
  'index',
  ';;',
];

const tableOf = (header: string, value: (row: number) => string, delimiter = ',') =>
  [header, ...someCells().map((cell, row) => cell + delimiter + value(row))].join('\n');

const accuracyTables = () => [
  tableOf('arch,cifar10_test200', (row) => String(90 + row / 10)),
  tableOf('architecture;valid;test-loss', (row) => `0,${80 + row};1,5`, ';'),
  `# made by hand\n${tableOf('genotype\ttop1', (row) => `${60 + row}%`, '\t')}`,
  `index,acc\n${someCells()
    .map((_, row) => `${row * 100},0.${90 + (row % 9)}`)
    .join('\n')}`,
];

const scoreTables = () => [
  tableOf('architecture,kappa,kappas,regions,params', (row) => `${100 + row},90;110,${row},${row * 1000}`),
  tableOf('arch,naswot,status,dataset', (row) => `${row / 3},done,cifar10`),
];

const GENOTYPE_TOKENS = [
  '|',
  '~',
  '+',
  '(',
  ')',
  '[',
  ']',
  ',',
  "'",
  'none',
  'skip_connect',
  'nor_conv_3x3',
  'sep_conv_3x3',
  'Genotype',
  'range(',
  'normal',
  'reduce',
  'index:',
  'Structure(',
  '{',
  '}',
  ':',
  '-',
  '_',
  'None',
];

/** A parser of genotypes for each space. */
const genotypes = listSpaces().map(
  (one): FuzzTarget =>
    textTarget({
      name: `genotype-${one.name}`,
      seeds: () => {
        const sampled = one
          .sample({ count: 6, seed: 2 })
          .map((architecture) => one.format(architecture as never));
        const published =
          { darts: DARTS_TEXTS, 'darts-frc': DARTS_TEXTS, 'nas-bench-201': NAS_BENCH_201_TEXTS }[one.name] ??
          [];
        return [...sampled, ...published];
      },
      tokens: GENOTYPE_TOKENS,
      read: (text) => one.format(one.parse(text) as never),
    }),
);

const strategy = getStrategy('evolution');
const METRICS = ['ntk', 'naswot', 'zico'];

/** Readers of text. */
export const textTargets: readonly FuzzTarget[] = [
  textTarget({
    name: 'csv',
    seeds: () => [...accuracyTables(), ...scoreTables(), 'sep=;\na;b\n1;"2;3"\n', 'a,b\r\n"x ""y""",2\r\n'],
    tokens: CSV_TOKENS,
    read: (text) => [readCsv(text, 'f.csv', { forgiving: true }), readCsv(text, 'f.csv')],
  }),
  textTarget({
    name: 'accuracy-table',
    seeds: accuracyTables,
    tokens: CSV_TOKENS,
    read: (text) => readAccuracies(readCsv(text, 'f.csv', { forgiving: true }), { space }),
  }),
  textTarget({
    name: 'score-table',
    seeds: scoreTables,
    tokens: CSV_TOKENS,
    read: (text) =>
      readScores(readCsv(text, 's.csv', { forgiving: true }), { space, metrics: METRICS.map(getMetric) }),
  }),
  textTarget({
    name: 'device-table',
    seeds: () => [tableOf('arch,phone,edge_tpu', (row) => `${row + 0.5},${3 * row + 1}`)],
    tokens: CSV_TOKENS,
    read: (text) => readDeviceTable(text, 'd.csv', { space }),
  }),
  textTarget({
    name: 'index-table',
    seeds: () => [
      tableOf('arch,index', String),
      `index,architecture\n${someCells()
        .map((cell, row) => `${row},${cell}`)
        .join('\n')}`,
    ],
    tokens: CSV_TOKENS,
    read: (text) => readIndexTable(text, 'i.csv', space),
  }),
  textTarget({
    name: 'batch-spec',
    seeds: () => SPECS,
    tokens: [
      'score:',
      'search:',
      'train:',
      'spaces:',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '<<: ',
      '!!js/function ',
      '|',
      '>',
      '---',
      '...',
      ': ',
      '# ',
    ],
    read: (text) => parseSpec(text, 'spec.yaml', '.'),
  }),
  textTarget({
    name: 'space-file',
    seeds: () => SPACE_FILES,
    tokens: [
      'stages:',
      'blocks:',
      'choices:',
      '- ',
      '  ',
      '\n',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '1000000000',
      '!!map',
      ': ',
      'conv',
      'pool',
    ],
    read: (text) => parseSpaceFile(text, 'space.yaml'),
  }),
  textTarget({
    name: 'settings',
    seeds: () => [
      'population=25\nsample=5\ngenerations=3',
      'tau.max=10',
      'stages=[{"metrics":["naswot"]}]',
      'compare=mann-whitney',
      'shortlist=8',
      'population=1e3',
    ],
    tokens: ['=', '.', '[', ']', '{', '}', '"', ',', ':', 'true', 'null', 'population', 'stages', 'metrics'],
    read: (text) => {
      const given = text.split('\n').map((line) => {
        const [key = '', ...value] = line.split('=');
        return { key, text: value.join('=') };
      });
      const owners = [
        { title: strategy.name, schema: strategy.settings },
        ...METRICS.map((name) => getMetric(name)).map(({ settings, name }) => ({
          title: name,
          schema: settings,
          under: name,
        })),
      ];
      return readSettings(owners, given);
    },
  }),
  textTarget({
    name: 'constraints',
    seeds: () => [
      'params<=1e6',
      'latency<=20ms',
      'macs >= 5M',
      'memory<=64MiB\nparams>100k',
      'latency:p90<1.5s',
    ],
    tokens: [
      '<=',
      '>=',
      '<',
      '>',
      '=',
      'params',
      'macs',
      'latency',
      'memory',
      'ms',
      's',
      'k',
      'M',
      'G',
      'MiB',
      ':',
      '@',
    ],
    read: (text) => readConstraints(text.split('\n')),
  }),
  ...genotypes,
];
