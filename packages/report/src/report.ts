import { countText, plural, TenasError } from '@tenas/base';
import type { Figure } from './figure.js';
import { benchComparison, benchFigures } from './figures/bench-figures.js';
import { evaluationFigures } from './figures/evaluation-figures.js';
import { type Html, html } from './html.js';
import type { AccuracyTable } from './input/accuracy-table.js';
import { runOfScore, runOfSearch } from './input/batch-runs.js';
import type { Result } from './input/read-result.js';
import type { ActiveOps } from './input/search-record.js';
import { page } from './page.js';
import { batchSection, figuresOfBatch, joinAccuracies } from './sections/batch-section.js';
import { benchSection } from './sections/bench-section.js';
import { evaluationSection } from './sections/evaluation-section.js';
import { type NetworkFile, networkFacts } from './sections/network-facts.js';
import { scoreFigures, scoreSection } from './sections/score-section.js';
import { searchFigures, searchSection } from './sections/search-section.js';
import { spaceTitle } from './space-title.js';

/** What a report may be told beside the results. */
export interface ReportOptions {
  /** Where an exported file lies as seen from the page; null: there is none. Default: nowhere. */
  readonly linkTo?: (path: string) => string | null;
  /** Operations by cell type and edge of an architecture given as text; null where it is none. Default: not drawn. */
  readonly cellsOf?: (space: string, architecture: string) => ActiveOps | null;
  /** The text by which an architecture of a space is known in tables; default: as it stands. */
  readonly canonical?: (space: string, architecture: string) => string;
  /** Accuracies of trained networks, to judge runs by. */
  readonly accuracies?: AccuracyTable | null;
  /** Shown at the foot. */
  readonly toolVersion?: string;
}

/** A report: the page, and its figures one by one. */
export interface Report {
  readonly title: string;
  /** One self-contained HTML file. */
  readonly html: string;
  /** In the order of the page, each name once. */
  readonly figures: readonly Figure[];
}

interface Section {
  readonly title: string;
  readonly body: Html;
  readonly figures: readonly Figure[];
}

type Of<K extends Result['kind']> = Extract<Result, { kind: K }>;

function ofKind<K extends Result['kind']>(results: readonly Result[], kind: K): Of<K>[] {
  return results.filter((result): result is Of<K> => result.kind === kind);
}

/** Makes figure names unique when there are several results of a kind. */
function suffixOf(index: number): string {
  return index === 0 ? '' : `-${index + 1}`;
}

/** So many searches are told one by one; of more there is only the overview. */
const STORIES = 6;

/** Runs as an overview: each batch file, and all single records together where there are several. */
function batchSections(results: readonly Result[], options: ReportOptions): Section[] {
  const single = [
    ...ofKind(results, 'search').map(({ record }) => runOfSearch(record)),
    ...ofKind(results, 'score').map(({ document }) => runOfScore(document)),
  ];
  const judged = options.accuracies !== undefined && options.accuracies !== null;
  const together = single.length > 2 || (single.length > 0 && judged) ? [single] : [];
  const batches = [...ofKind(results, 'batch').map(({ runs }) => runs), ...together];
  return batches.map((runs, index) => {
    const canonical = options.canonical ?? ((_space, architecture) => architecture);
    const batch = joinAccuracies(runs, options.accuracies ?? null, canonical);
    const figures = figuresOfBatch(batch, suffixOf(index));
    return {
      title: `${plural(runs.length, 'run')}`,
      body: batchSection(batch, figures, `runs${suffixOf(index)}`),
      figures,
    };
  });
}

function evaluationSections(results: readonly Result[]): Section[] {
  return ofKind(results, 'evaluation').map(({ document }, index) => {
    const parts = evaluationFigures(document, suffixOf(index));
    return {
      title: `How well metrics rank ${spaceTitle(document.space)}`,
      body: evaluationSection(document, parts, `evaluation${suffixOf(index)}`),
      figures: parts.flatMap(({ figures }) => figures),
    };
  });
}

function benchSections(results: readonly Result[]): Section[] {
  const benches = ofKind(results, 'bench');
  return benches.map(({ document }, index) => {
    const before = benches.slice(0, index).findLast(({ document: other }) => other.kind === document.kind);
    const comparison =
      before === undefined
        ? null
        : benchComparison(before.document, document, `bench-comparison${suffixOf(index)}`);
    const figures = [
      ...(comparison === null ? [] : [comparison]),
      ...benchFigures(document, suffixOf(index)),
    ];
    return { title: 'Speed', body: benchSection(document, figures, `bench${suffixOf(index)}`), figures };
  });
}

function searchSections(results: readonly Result[], options: ReportOptions): Section[] {
  const exported = ofKind(results, 'export');
  const searches = ofKind(results, 'search');
  return searches.slice(0, searches.length > STORIES ? 0 : STORIES).map(({ record }, index) => {
    const files = exported
      .filter(({ document }) => record.status === 'complete' && document.genotype === record.genotype)
      .map(({ document }): NetworkFile => ({ document, link: options.linkTo?.(document.out) ?? null }));
    const figures = searchFigures(record, suffixOf(index));
    const { cells, eliminations, trajectories, rounds, finals, time } = figures;
    return {
      title: `Search on ${spaceTitle(record.space)}, seed ${record.seed}`,
      body: searchSection(record, figures, files),
      figures: [cells, eliminations, trajectories, rounds.flat(), finals, time].flat(),
    };
  });
}

function scoreSections(results: readonly Result[], options: ReportOptions): Section[] {
  const scores = ofKind(results, 'score');
  return scores.slice(0, scores.length > STORIES ? 0 : STORIES).map(({ document }, index) => {
    const cells = options.cellsOf?.(document.space, document.architecture) ?? null;
    const figures = scoreFigures(document, cells, suffixOf(index));
    return {
      title: `Scores of an architecture of ${spaceTitle(document.space)}`,
      body: scoreSection(document, figures),
      figures: [...figures.cells, ...figures.spectrum],
    };
  });
}

/** Exported networks that belong to no search of the report. */
function exportSections(results: readonly Result[], options: ReportOptions): Section[] {
  const found = new Set(
    ofKind(results, 'search').flatMap(({ record }) =>
      record.status === 'complete' ? [record.genotype] : [],
    ),
  );
  const files = ofKind(results, 'export')
    .filter(({ document }) => !found.has(document.genotype))
    .map(({ document }): NetworkFile => ({ document, link: options.linkTo?.(document.out) ?? null }));
  if (files.length === 0) return [];
  const body = html`<section class="result"><h1>Exported networks</h1>${networkFacts(files)}</section>`;
  return [{ title: 'Exported networks', body, figures: [] }];
}

/**
 * The report of some results: one page, and its figures for papers and slides.
 * @throws TenasError `RESULT_INVALID` without results
 */
export function createReport(results: readonly Result[], options: ReportOptions = {}): Report {
  if (results.length === 0)
    throw new TenasError('RESULT_INVALID', 'a report needs at least one result', { field: 'result' });
  const sections = [
    ...evaluationSections(results),
    ...batchSections(results, options),
    ...searchSections(results, options),
    ...scoreSections(results, options),
    ...exportSections(results, options),
    ...benchSections(results),
  ];
  const title = sections.length === 1 ? sections[0]!.title : `${countText(results.length)} results`;
  const version = options.toolVersion === undefined ? '' : ` ${options.toolVersion}`;
  return {
    title,
    html: page({
      title: `${title} · tenas`,
      body: sections.map(({ body }) => body),
      footer: html`Made by tenas${version} from ${results.map(({ file }, index) => html`${index > 0 ? ', ' : ''}<code>${file}</code>`)}. The method is TE-NAS (Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535).`,
    }),
    figures: sections.flatMap(({ figures }) => figures),
  };
}
