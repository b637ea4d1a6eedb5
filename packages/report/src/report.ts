import { plural, TenasError } from '@tenas/base';
import { isPruneRecord } from '@tenas/records';
import type { Figure } from './figure.js';
import { benchComparison, benchFigures } from './figures/bench-figures.js';
import { evaluationFigures } from './figures/evaluation-figures.js';
import { type Html, html } from './html.js';
import { gatherRuns, runOfScore, runOfSearch, runOfTraining } from './input/batch-runs.js';
import type { Result } from './input/read-result.js';
import { page } from './page.js';
import { type ReportContext, type ReportOptions, reportContext } from './report-context.js';
import { batchSection, figuresOfBatch, joinAccuracies } from './sections/batch-section.js';
import { benchSection } from './sections/bench-section.js';
import { comparisonSection } from './sections/comparison-section.js';
import { evaluationSection } from './sections/evaluation-section.js';
import { type NetworkFile, networkFacts } from './sections/network-facts.js';
import { scoreSection } from './sections/score-section.js';
import { searchSection } from './sections/search-section.js';
import { taskStudySection } from './sections/task-study-section.js';
import { trainingSection } from './sections/training-section.js';

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

/** Most searches, scores or trainings that get their own section; with more there is only the overview. */
const STORIES = 6;

/** Runs as an overview: each batch file, and all single records together where there are several. */
function batchSections(results: readonly Result[], context: ReportContext): Section[] {
  const single = [
    ...ofKind(results, 'search').map(({ document }) => ({
      run: runOfSearch(document),
      described: document.metrics,
    })),
    ...ofKind(results, 'score').map(({ document }) => ({
      run: runOfScore(document),
      described: document.metrics,
    })),
    ...ofKind(results, 'training').map(({ document }) => ({ run: runOfTraining(document), described: [] })),
  ];
  const judged = context.accuracies !== null;
  const together = single.length > 2 || (single.length > 0 && judged) ? [gatherRuns(single)] : [];
  const batches = [...ofKind(results, 'batch').map(({ document }) => document), ...together];
  return batches.map((runs, index) => {
    const batch = joinAccuracies(runs, context);
    const figures = figuresOfBatch(batch, suffixOf(index));
    return {
      title: plural(runs.runs.length, 'run'),
      body: batchSection(batch, figures, context, `runs${suffixOf(index)}`),
      figures,
    };
  });
}

function evaluationSections(results: readonly Result[], context: ReportContext): Section[] {
  return ofKind(results, 'evaluation').map(({ document }, index) => {
    const parts = evaluationFigures(document, suffixOf(index));
    return {
      title: `How well metrics rank ${context.spaceTitle(document.space)}`,
      body: evaluationSection(document, parts, context, `evaluation${suffixOf(index)}`),
      figures: parts.flatMap(({ figures }) => figures),
    };
  });
}

function taskStudySections(results: readonly Result[], context: ReportContext): Section[] {
  return ofKind(results, 'task-study').map(({ document }, index) => ({
    title: `How tasks without labels rank ${context.spaceTitle(document.space)}`,
    ...taskStudySection(document, context, `task-study${suffixOf(index)}`),
  }));
}

function comparisonSections(results: readonly Result[], context: ReportContext): Section[] {
  return ofKind(results, 'batch-comparison').map(({ document }, index) => ({
    title: 'Two batches side by side',
    ...comparisonSection(document, context, `comparison${suffixOf(index)}`),
  }));
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

function networkFiles(
  results: readonly Result[],
  context: ReportContext,
  wanted: (genotype: string) => boolean,
): NetworkFile[] {
  return ofKind(results, 'export')
    .filter(({ document }) => wanted(document.genotype))
    .map(({ document }) => ({ document, link: context.linkTo(document.out) }));
}

function searchSections(results: readonly Result[], context: ReportContext): Section[] {
  const searches = ofKind(results, 'search');
  return searches.slice(0, searches.length > STORIES ? 0 : STORIES).map(({ document }, index) => {
    const files = networkFiles(results, context, (genotype) => genotype === document.architecture);
    return {
      title: `Search on ${context.spaceTitle(document.space)}, seed ${document.seed}`,
      ...searchSection(document, files, context, suffixOf(index)),
    };
  });
}

function scoreSections(results: readonly Result[], context: ReportContext): Section[] {
  const scores = ofKind(results, 'score');
  return scores.slice(0, scores.length > STORIES ? 0 : STORIES).map(({ document }, index) => ({
    title: `Scores of an architecture of ${context.spaceTitle(document.space)}`,
    ...scoreSection(document, context, suffixOf(index)),
  }));
}

function trainingSections(results: readonly Result[], context: ReportContext): Section[] {
  const trainings = ofKind(results, 'training');
  return trainings.slice(0, trainings.length > STORIES ? 0 : STORIES).map(({ document }, index) => ({
    title: `Training of an architecture of ${context.spaceTitle(document.space)}`,
    ...trainingSection(document, context, suffixOf(index)),
  }));
}

/** Exported networks that belong to no search of the report. */
function exportSections(results: readonly Result[], context: ReportContext): Section[] {
  const found = new Set(ofKind(results, 'search').map(({ document }) => document.architecture));
  const files = networkFiles(results, context, (genotype) => !found.has(genotype));
  if (files.length === 0) return [];
  const body = html`<section class="result"><h1>Exported networks</h1>${networkFacts(files)}</section>`;
  return [{ title: 'Exported networks', body, figures: [] }];
}

/** Whose method the searches follow. */
function methodOf(results: readonly Result[]): string {
  const pruned = ofKind(results, 'search').some(({ document }) => isPruneRecord(document));
  return pruned ? ' Pruning follows TE-NAS (Chen, Gong and Wang, ICLR 2021, arXiv 2102.11535).' : '';
}

/**
 * The report of some results: one page, and its figures for papers and slides.
 * @throws TenasError `RESULT_INVALID` without results
 */
export function createReport(results: readonly Result[], options: ReportOptions = {}): Report {
  if (results.length === 0)
    throw new TenasError('RESULT_INVALID', 'a report needs at least one result', { field: 'result' });
  const context = reportContext(options);
  const sections = [
    ...evaluationSections(results, context),
    ...taskStudySections(results, context),
    ...comparisonSections(results, context),
    ...batchSections(results, context),
    ...searchSections(results, context),
    ...scoreSections(results, context),
    ...trainingSections(results, context),
    ...exportSections(results, context),
    ...benchSections(results),
  ];
  const title = sections.length === 1 ? sections[0]!.title : plural(results.length, 'result');
  const version = context.toolVersion === '' ? '' : ` ${context.toolVersion}`;
  return {
    title,
    html: page({
      title: `${title} · tenas`,
      body: sections.map(({ body }) => body),
      footer: html`Made by tenas${version} from ${results.map(({ file }, index) => html`${index > 0 ? ', ' : ''}<code>${file}</code>`)}.${methodOf(results)}`,
    }),
    figures: sections.flatMap(({ figures }) => figures),
  };
}
