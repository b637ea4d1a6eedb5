import { createReport, parseAccuracyTable, parseResult, type ReportOptions } from '../../src/index.js';
import {
  architecture,
  madeAccuracyCsv,
  madeBatchCsv,
  madeBench,
  madeEvaluation,
  madeJudgement,
} from './made-documents.js';
import {
  madeExport,
  madeFrontRecord,
  madeLatencyScore,
  madeOwnRecord,
  madeRecord,
  madeScore,
  madeTraining,
  SCORES,
} from './made-results.js';
import { MADE_DETAILS, madeComparison, madeTaskStudy, madeWideCsv } from './made-studies.js';

/** Report pages of every kind. */
export const PAGE_KINDS = [
  'search',
  'finals',
  'darts',
  'front',
  'single',
  'levels',
  'agents',
  'gradient',
  'latency',
  'training',
  'interrupted',
  'hostile',
  'evaluation',
  'tasks',
  'batch',
  'wide',
  'comparison',
] as const;

/** The markup of a page of each kind. */
export async function madePages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  const add = (name: (typeof PAGE_KINDS)[number], texts: readonly string[], options: ReportOptions = {}) => {
    const results = texts.map((text, index) =>
      parseResult(text, `${index}.${text.startsWith('{') ? 'json' : 'csv'}`),
    );
    pages.set(name, createReport(results, { linkTo: (out) => out, ...options }).html);
  };
  const write = (name: (typeof PAGE_KINDS)[number], documents: readonly unknown[]) =>
    add(
      name,
      documents.map((document) => JSON.stringify(document)),
    );

  const record = await madeRecord({ space: 'nas-bench-201' });
  const genotype = record.genotype!;
  write('search', [{ ...record, scores: SCORES }, madeExport(genotype), madeScore(genotype)]);
  const ranked = await madeRecord({ space: 'nas-bench-201', finals: true, protocol: 'fast' });
  write('finals', [{ ...ranked, scores: SCORES }]);
  write('darts', [await madeRecord({ space: 'darts' })]);
  write('front', [madeFrontRecord()]);
  const [one] = madeFrontRecord().front;
  const cell = '|none~0|+|avg_pool_3x3~0|none~1|+|avg_pool_3x3~0|none~1|avg_pool_3x3~2|';
  write('single', [{ ...madeFrontRecord(), architecture: cell, front: [{ ...one, architecture: cell }] }]);
  write('latency', [madeLatencyScore(), madeLatencyScore({ value: 1.467, belowRange: true })]);
  write('interrupted', [await madeRecord({ space: 'nas-bench-201', stopIn: 2 })]);
  // Unbroken: a page that cannot wrap it is wider than the screen.
  const text = `</script><img src=x onerror="document.title='broken'">${'long'.repeat(200)}`;
  const name = text.slice(0, 128);
  const hostile = {
    ...record,
    architecture: text,
    genotype: text,
    space: name,
    scores: SCORES,
    dataset: { ...record.dataset, name },
    versions: { ...record.versions, engine: { name: text, version: text, isa: text } },
    metrics: record.metrics.map((metric) => ({ ...metric, title: text, symbol: name, about: text })),
    plugins: [{ kind: 'space', name, sha256: 'ab'.repeat(32) }],
    settings: { [name]: text },
    detail: { ...record.detail, protocol: name },
  };
  write('hostile', [hostile, { ...madeOwnRecord(20), strategy: name, space: name }]);
  write('evaluation', [madeEvaluation(), madeJudgement(45), madeBench('2026-11-25T10:00:00Z', 1)]);
  add('batch', [madeBatchCsv(120)], { accuracies: parseAccuracyTable(madeAccuracyCsv(120), 'accuracy.csv') });
  add('wide', [madeWideCsv(60, 24)]);
  write('comparison', [madeComparison()]);
  write('tasks', [madeTaskStudy()]);
  write('training', [madeTraining(architecture(99))]);
  for (const kind of ['levels', 'agents', 'gradient'] as const)
    write(kind, [{ ...madeOwnRecord(4), detail: MADE_DETAILS[kind] }]);
  return pages;
}
