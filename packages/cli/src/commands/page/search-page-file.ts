import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { readInput, TenasError } from '@tenas/base';
import { LARGEST_IMAGE } from '@tenas/data';
import { isTraining, listMetrics, listPresets } from '@tenas/metrics/definitions';
import { wasmEngineFile } from '@tenas/native';
import { getStrategy, type Strategy } from '@tenas/search/definitions';
import { listSpaces, type Space } from '@tenas/spaces';
import { EVALUATIONS_SETTINGS } from '../../browser/wished-search.js';
import { builtFile } from '../../built-file.js';
import { version } from '../../version.js';

/** Architectures that the form of the page scores unless it is changed: on one thread that takes a minute or so. */
const EVALUATIONS = 100;

/** Parts of the engine that come from others, besides those of the bundle. */
const ENGINE_PARTS =
  'The engine holds parts of Eigen (Mozilla Public License 2.0, https://eigen.tuxfamily.org, unchanged), of emnapi (MIT, below), and of the C and C++ libraries of Emscripten (MIT; LLVM: Apache-2.0 with LLVM exception).';

const packed = promisify(gzip);

/**
 * The page on which searches run in a browser, as HTML.
 * @throws TenasError PAGE_PART_MISSING where the engine as WebAssembly or the page's worker is not built
 */
export async function searchPageFile(signal: AbortSignal): Promise<string> {
  const worker = await part(builtFile('search-worker.js'), 'npm run build', signal);
  const licences = await part(builtFile('search-worker.licences.txt'), 'npm run build', signal);
  const engine = await part(wasmEngineFile(), 'npm run build:wasm', signal);
  // Loaded here: it draws figures too, which takes its time.
  const { searchPage } = await import('@tenas/report');
  const strategies = Object.keys(EVALUATIONS_SETTINGS).map(getStrategy);
  return searchPage({
    spaces: listSpaces().map((space) => ({
      ...{ name: space.name, title: space.title },
      strategies: strategies.filter((strategy) => fits(strategy, space)).map(({ name }) => name),
    })),
    strategies: strategies.map(({ name, title, metrics, ranksBy }) => ({
      ...{ name, title },
      evaluations: EVALUATIONS_SETTINGS[name] === null ? null : EVALUATIONS,
      metrics: ranksBy ?? metrics,
      ranksByItself: ranksBy !== undefined,
    })),
    metrics: listMetrics()
      .filter((metric) => !isTraining(metric))
      .map(({ name, title }) => ({ name, title })),
    aggregates: listPresets().map(({ name, title }) => ({ name, title })),
    largestImage: LARGEST_IMAGE,
    worker: (await packed(worker, { level: 9 })).toString('base64'),
    engine: (await packed(engine, { level: 9 })).toString('base64'),
    licences: `${ENGINE_PARTS}\n\n${new TextDecoder().decode(licences)}`,
    version: version(),
  });
}

function fits({ needs }: Strategy, space: Space): boolean {
  return !needs.includes('supernet') || space.supernet !== undefined;
}

async function part(path: string, command: string, signal: AbortSignal): Promise<Uint8Array> {
  try {
    return await readInput(path, { signal });
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw new TenasError(
      'PAGE_PART_MISSING',
      `${path}, a part of the page, is missing; in a clone of the repository, "${command}" makes it`,
      { cause },
    );
  }
}
