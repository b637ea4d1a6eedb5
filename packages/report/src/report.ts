import type { Figure } from './figure.js';
import { type Html, html } from './html.js';
import type { Result } from './input/read-result.js';
import type { ActiveOps } from './input/search-record.js';
import { countText } from './number-text.js';
import { page } from './page.js';
import type { NetworkFile } from './sections/network-facts.js';
import { scoreFigures, scoreSection } from './sections/score-section.js';
import { searchFigures, searchSection } from './sections/search-section.js';
import { spaceTitle } from './space-title.js';

/** What a report may be told beside the results. */
export interface ReportOptions {
  /** Where an exported file lies as seen from the page; null: there is none. Default: nowhere. */
  readonly linkTo?: (path: string) => string | null;
  /** Operations by cell type and edge of an architecture given as text; null where it is none. Default: not drawn. */
  readonly cellsOf?: (space: string, architecture: string) => ActiveOps | null;
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

function searchSections(results: readonly Result[], options: ReportOptions): Section[] {
  const exported = ofKind(results, 'export');
  return ofKind(results, 'search').map(({ record }, index) => {
    const files = exported
      .filter(({ document }) => record.status === 'complete' && document.genotype === record.genotype)
      .map(({ document }): NetworkFile => ({ document, link: options.linkTo?.(document.out) ?? null }));
    const figures = searchFigures(record, suffixOf(index));
    const { cells, eliminations, trajectories, rounds, time } = figures;
    return {
      title: `Search on ${spaceTitle(record.space)}, seed ${record.seed}`,
      body: searchSection(record, figures, files),
      figures: [cells, eliminations, trajectories, rounds.flat(), time].flat(),
    };
  });
}

function scoreSections(results: readonly Result[], options: ReportOptions): Section[] {
  return ofKind(results, 'score').map(({ document }, index) => {
    const cells = options.cellsOf?.(document.space, document.architecture) ?? null;
    const figures = scoreFigures(document, cells, suffixOf(index));
    return {
      title: `Scores of an architecture of ${spaceTitle(document.space)}`,
      body: scoreSection(document, figures),
      figures: [...figures.cells, ...figures.spectrum],
    };
  });
}

/** The report of some results: one page, and its figures for papers and slides. */
export function createReport(results: readonly Result[], options: ReportOptions = {}): Report {
  const sections = [...searchSections(results, options), ...scoreSections(results, options)];
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
