import { closeSync, openSync, readSync } from 'node:fs';
import { resolve } from 'node:path';
import { TenasError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import { ntk, regions } from '@tenas/metrics';
import { overrideSettings, protocolSettings, type SettingsOverrides } from '@tenas/search';
import { type Enumeration, getSpace, type Space } from '@tenas/spaces';
import type { SpecDatasets } from './datasets.js';
import type { ReadSpec, SpecPath } from './spec/read-spec.js';
import type { ScoreSection, SearchSection } from './spec/schema.js';
import { resultsVersion, type ScoreTask, type SearchTask, type Task } from './tasks.js';

/** A job of a plan: one row of the results. */
export interface PlannedJob {
  readonly seed: number;
  /** Of a score; null for a search. */
  readonly architecture: string | null;
  /** The architecture that is evaluated for it: isomorphic cells have one in common. */
  readonly evaluated: string | null;
}

/** Jobs with the same settings. */
export interface PlannedTask {
  readonly task: Task;
  /** Jobs as the spec counts them; the same job twice counts twice. */
  readonly count: number;
  /** Made while they are read: a list of any length takes no memory. */
  jobs(): Generator<PlannedJob>;
}

/**
 * What a spec asks for.
 * @throws TenasError `SPEC_INVALID` naming the field; those of datasets and settings
 */
export async function planBatch(read: ReadSpec, datasets: SpecDatasets): Promise<PlannedTask[]> {
  const planned: PlannedTask[] = [];
  for (const [index, section] of (read.spec.search ?? []).entries()) {
    planned.push(...(await planSearches(read, datasets, section, ['search', index])));
  }
  for (const [index, section] of (read.spec.score ?? []).entries()) {
    planned.push(...(await planScores(read, datasets, section, ['score', index])));
  }
  return planned;
}

async function planSearches(
  read: ReadSpec,
  datasets: SpecDatasets,
  section: SearchSection,
  path: SpecPath,
): Promise<PlannedTask[]> {
  const planned: PlannedTask[] = [];
  for (const space of section.spaces) {
    for (const [place, name] of section.datasets.entries()) {
      const { reference } = await datasets.open(name, [...path, 'datasets', place]);
      for (const protocol of section.protocols) {
        for (const [index, overrides] of section.overrides.entries()) {
          const base = protocolSettings(protocol, space, reference.name);
          const settings = inSpec(read, [...path, 'overrides', index], () =>
            // Checked field by field by the search itself.
            overrideSettings(base, overrides as SettingsOverrides),
          );
          const task: SearchTask = {
            kind: 'search',
            results: resultsVersion(),
            space,
            dataset: reference,
            protocol,
            settings,
          };
          planned.push({
            task,
            count: section.seeds.length,
            *jobs() {
              for (const seed of section.seeds) yield { seed, architecture: null, evaluated: null };
            },
          });
        }
      }
    }
  }
  return planned;
}

async function planScores(
  read: ReadSpec,
  datasets: SpecDatasets,
  section: ScoreSection,
  path: SpecPath,
): Promise<PlannedTask[]> {
  const planned: PlannedTask[] = [];
  for (const name of section.spaces) {
    const space = getSpace(name);
    const list = listed(read, space, section, path);
    const evaluated = evaluatedFor(space, section);
    for (const [place, dataset] of section.datasets.entries()) {
      const { reference } = await datasets.open(dataset, [...path, 'datasets', place]);
      const task: ScoreTask = {
        kind: 'score',
        results: resultsVersion(),
        space: name,
        dataset: reference,
        repeats: section.repeats,
        aggregation: section.aggregation,
        ntk: ntkSettings(section),
        regions: regionSettings(section),
        isomorphic: section.isomorphic,
      };
      planned.push({
        task,
        count: list.count * section.seeds.length,
        *jobs() {
          for (const seed of section.seeds) {
            for (const architecture of list.architectures()) {
              yield { seed, architecture: space.format(architecture), evaluated: evaluated(architecture) };
            }
          }
        },
      });
    }
  }
  return planned;
}

function ntkSettings(section: ScoreSection): ScoreTask['ntk'] {
  const { mode, batchSize, init } = readSettings(ntk.name, ntk.settings, section.ntk);
  return { mode, batchSize, init };
}

function regionSettings(section: ScoreSection): ScoreTask['regions'] {
  const { batches, batchSize, init } = readSettings(regions.name, regions.settings, section.regions);
  return { batches, batchSize, init };
}

function evaluatedFor(space: Space, section: ScoreSection): (architecture: object) => string {
  const { isomorphism } = space;
  if (isomorphism === undefined || section.isomorphic === 'each')
    return (architecture) => space.format(architecture);
  return (architecture) => space.format(isomorphism.representative(architecture));
}

interface Listed {
  readonly count: number;
  architectures(): Iterable<object>;
}

function listed(read: ReadSpec, space: Space, section: ScoreSection, path: SpecPath): Listed {
  const given = section.architectures;
  const field = [...path, 'architectures'];
  if (given === 'all') {
    const { enumeration } = space;
    if (enumeration === undefined) {
      const problem = `got "all"; ${space.name} has too many architectures, give {sample: COUNT}`;
      throw read.fieldError(field, problem);
    }
    return { count: enumeration.size, architectures: () => allOf(enumeration) };
  }
  if (Array.isArray(given)) {
    const parsed = given.map((text, index) => inSpec(read, [...field, index], () => space.parse(text)));
    return { count: parsed.length, architectures: () => parsed };
  }
  if ('sample' in given) {
    const sample = inSpec(read, [...field, 'sample'], () =>
      space.sample({ count: given.sample, seed: given.seed }),
    );
    return { count: sample.length, architectures: () => sample };
  }
  const file = resolve(read.folder, given.file);
  function* parsed(): Generator<object> {
    let number = 0;
    for (const line of linesOf(file)) {
      number++;
      const text = line.trim();
      if (text === '' || text.startsWith('#')) continue;
      try {
        yield space.parse(text);
      } catch (error) {
        if (!(error instanceof TenasError)) throw error;
        throw new TenasError('SPEC_INVALID', `${file}:${number}: ${error.message}`, { cause: error });
      }
    }
  }
  // Read once to find mistakes before anything is stored.
  const count = inSpec(read, [...field, 'file'], () => {
    let lines = 0;
    for (const _ of parsed()) lines++;
    return lines;
  });
  return { count, architectures: parsed };
}

function* allOf(enumeration: Enumeration): Generator<object> {
  for (let index = 0; index < enumeration.size; index++) yield enumeration.at(index);
}

/** Lines of a file of any length. */
function* linesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const decoder = new TextDecoder();
    const block = Buffer.alloc(1 << 16);
    let rest = '';
    for (;;) {
      const size = readSync(file, block);
      rest += decoder.decode(block.subarray(0, size), { stream: size > 0 });
      const lines = rest.split('\n');
      rest = lines.pop()!;
      yield* lines;
      if (size === 0) break;
    }
    if (rest !== '') yield rest;
  } finally {
    closeSync(file);
  }
}

/** Puts file and line of the spec before what is wrong with a value in it. */
function inSpec<T>(read: ReadSpec, path: SpecPath, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TenasError && error.code === 'SPEC_INVALID') throw error;
    if (error instanceof TenasError) {
      // The search calls its settings `settings`; the spec writes them under `overrides`.
      const setting = error.field?.replace(/^settings\./, '').split('.') ?? [];
      const settingPath = path.includes('overrides') ? [...path, ...setting] : path;
      throw read.fieldError(settingPath, error.message, error);
    }
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw read.fieldError(path, error.message, error);
    }
    throw error;
  }
}
