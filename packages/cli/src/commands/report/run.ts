import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { ensureWritableTarget, makeFolder, TenasError, writeOutputFile } from '@tenas/base';
import { checkSamePlugIns, type MetricInfo } from '@tenas/records';
import {
  createReport,
  type Figure,
  figurePng,
  type Report,
  type Result,
  readAccuracyTable,
  readResult,
  resultOfLines,
  standaloneSvg,
} from '@tenas/report';
import { getSpace, listSpaces } from '@tenas/spaces';
import { drawnChoices } from '../../drawn-choices.js';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { namingInput } from '../../input-text.js';
import type { Given as GivenOf, Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { formatOfName } from '../../output-format.js';
import { version } from '../../version.js';
import type { reportUsage } from './options.js';

type Given = GivenOf<typeof reportUsage>;
type Format = NonNullable<Given['format']>;

/** `tenas report`: a page, or single figures, from result files. */
export async function report({ given, json, io }: Invocation<typeof reportUsage>): Promise<ExitCode> {
  const format = formatOf(given);
  const page = format === 'html' ? (given.out ?? 'report.html') : '.';
  // One after another: two of them may be the same pipe.
  const results: Result[] = [];
  for (const file of given.results) {
    results.push(await namingInput('results', file, () => resultIn(file, io.signal)));
  }
  await loadPlugIns(given, results);
  const made = createReport(results, {
    toolVersion: version(),
    metrics: await metricsBeside(results),
    choicesOf: drawnChoices,
    spaceTitle: (name) => listSpaces().find((space) => space.name === name)?.title ?? name,
    canonical,
    accuracies: await accuraciesOf(given, io.signal),
    linkTo: (path) => linkFrom(page, path),
  });
  const files =
    format === 'html' ? [{ path: page, content: made.html }] : await pictures(made, given, format);
  io.signal.throwIfAborted();
  for (const { path } of files) {
    await makeFolder(dirname(path));
    await ensureWritableTarget(path, given);
  }
  for (const { path, content } of files) {
    await writeOutputFile(path, content, { force: given.force, signal: io.signal });
  }
  const document = {
    title: made.title,
    format,
    files: files.map(({ path, content }) => ({ path, bytes: Buffer.byteLength(content) })),
    figures: made.figures.map(({ name, title }) => ({ name, title })),
  };
  printResult(io, json, document, () =>
    [
      ...document.files.map(({ path, bytes }) => `${format}  ${path} (${Math.ceil(bytes / 1000)} kB)`),
      ...(format === 'html' ? ['open it in any browser; it needs no network'] : []),
    ].join('\n'),
  );
  return exitCodes.ok;
}

/** The result in a file, or all that is done in the folder of a batch. */
async function resultIn(path: string, signal: AbortSignal): Promise<Result> {
  if (!(await stat(path)).isDirectory()) return await readResult(path, signal);
  const { jsonLines, StoreReader } = await import('@tenas/runner');
  using reader = new StoreReader(path);
  return resultOfLines(jsonLines(reader.rows()), path);
}

async function accuraciesOf({ accuracyTable: path }: Given, signal: AbortSignal) {
  if (path === undefined) return null;
  return await namingInput('--accuracy-table', path, () => readAccuracyTable(path, signal));
}

/**
 * Makes spaces and metrics of the user's own known.
 * @throws TenasError `PLUG_IN_CHANGED` where a result comes of another version of a file
 */
async function loadPlugIns({ space, metric }: Given, results: readonly Result[]): Promise<void> {
  if (space.length + metric.length === 0) return;
  const { PlugIns } = await import('../../plug-ins.js');
  const plugIns = new PlugIns();
  for (const path of space) await plugIns.space(path);
  await plugIns.metrics(metric);
  for (const { file, document } of results) {
    if (!('plugins' in document)) continue;
    checkSamePlugIns(document.plugins, plugIns.recorded(), {
      ...{ since: `${file} was written`, of: 'that file' },
      advice: 'give the file as it was',
    });
  }
}

/**
 * Descriptions of metrics for tables and evaluations, which have none. Records describe them: then no metric need be
 * loaded.
 */
async function metricsBeside(results: readonly Result[]): Promise<readonly MetricInfo[]> {
  if (!results.some(({ kind }) => kind === 'batch' || kind === 'evaluation' || kind === 'batch-comparison'))
    return [];
  const { listMetrics, metricInfo } = await import('@tenas/metrics');
  return listMetrics().map((metric) => metricInfo({ metric, settings: {} }));
}

/** Formats with their extensions. */
const FORMATS: Readonly<Record<Format, readonly string[]>> = {
  html: ['.html', '.htm'],
  svg: ['.svg'],
  png: ['.png'],
};

/** The format given, or that of the file's name. @throws TenasError OPTION_INVALID where the name is one of another format */
function formatOf({ format, out }: Given): Format {
  return format ?? formatOfName('--out', out, FORMATS, 'or --format') ?? 'html';
}

/** One figure in the file `out`, or all of them in the folder `out`. */
async function pictures(made: Report, given: Given, format: 'svg' | 'png') {
  const content = async (figure: Figure): Promise<string | Uint8Array> =>
    format === 'svg'
      ? standaloneSvg(figure, given.scheme)
      : await figurePng(figure, { scheme: given.scheme });
  if (given.figure === undefined) {
    const folder = given.out ?? 'figures';
    if (extname(folder) !== '') throw wrongFigure(made, 'is missing', `or a folder as --out for all of them`);
    return await Promise.all(
      made.figures.map(async (figure) => ({
        path: join(folder, `${figure.name}.${format}`),
        content: await content(figure),
      })),
    );
  }
  const chosen = made.figures.find(({ name }) => name === given.figure);
  if (chosen === undefined) throw wrongFigure(made, `got ${JSON.stringify(given.figure)}`, '', given.figure);
  return [{ path: given.out ?? `${chosen.name}.${format}`, content: await content(chosen) }];
}

function wrongFigure(made: Report, problem: string, alternative: string, value?: string): TenasError {
  const names = made.figures.map(({ name }) => name).join(', ');
  const wanted = `give one of ${names}${alternative === '' ? '' : `, ${alternative}`}`;
  return new TenasError('OPTION_INVALID', `--figure: ${problem}; ${wanted}`, { field: '--figure', value });
}

/** An exported file as seen from the page: as its document names it, or beside the page. */
function linkFrom(out: string, path: string): string | null {
  const folder = dirname(resolve(out));
  const there = [resolve(path), join(folder, basename(path))].find((candidate) => existsSync(candidate));
  return there === undefined ? null : relative(folder, there);
}

/** An architecture as tables have it: as its space writes it, or as it stands where it is none. */
function canonical(name: string, architecture: string): string {
  try {
    const space = getSpace(name);
    return space.format(space.parse(architecture));
  } catch (error) {
    if (error instanceof TenasError) return architecture;
    throw error;
  }
}
