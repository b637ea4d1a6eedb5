import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDocument, type TaskStudy } from '@tenas/records';
import { createReport } from '@tenas/report';
import { nasBench201 } from '@tenas/spaces';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { tenas } from './support/run-in-process.js';

const folder = temporaryFolder();

/** A table of made accuracies: more convolutions are better. */
function table(): string {
  const rows = nasBench201.sample({ count: 60, seed: 3 }).map((architecture) => {
    const text = nasBench201.format(architecture);
    return `${text},${80 + 2 * text.split('conv').length}`;
  });
  const path = join(folder, 'accuracy.csv');
  writeFileSync(path, ['arch,accuracy', ...rows].join('\n'));
  return path;
}

async function study(out: string, args: readonly string[]): Promise<TaskStudy> {
  const common = ['study', 'unnas', '--cells', '12', '--seeds', '1', '--epochs', '1', '--images', '150'];
  const { code, out: printed, err } = await tenas([...common, ...args, '--out', out, '--json']);
  expect(err).not.toContain('error');
  expect(code).toBe(0);
  const read = readDocument(JSON.parse(printed), 'stdout');
  if (read.kind !== 'task-study') throw new Error(`a document of kind ${read.kind}`);
  return read.document;
}

/** Spearman's rho of values of which none are equal, or else by their mean ranks. */
function spearman(x: readonly number[], y: readonly number[]): number {
  const ranks = (values: readonly number[]) =>
    values.map((value) => {
      const below = values.filter((other) => other < value).length;
      return below + (values.filter((other) => other === value).length - 1) / 2;
    });
  const centred = (values: readonly number[]) => values.map((value) => value - (values.length - 1) / 2);
  const [a, b] = [centred(ranks(x)), centred(ranks(y))];
  const product = (one: readonly number[], other: readonly number[]) =>
    one.reduce((sum, value, place) => sum + value * other[place]!, 0);
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}

const settled = ({ seconds: _, tasks, ...rest }: TaskStudy) => ({
  ...rest,
  tasks: tasks.map(({ seconds: __, ...task }) => task),
});

describe('study unnas', () => {
  it('ranks a sample by tasks, beside labels and a table, and goes on where it stopped', async () => {
    const out = join(folder, 'study');
    const args = ['--tasks', 'labels,rotation', '--table', table()];
    const found = await study(out, args);
    expect(found.cells).toHaveLength(12);
    const accuracies = found.cells.map(({ accuracy }) => accuracy!);
    expect(Math.max(...accuracies)).toBeGreaterThan(Math.min(...accuracies) + 3);
    expect(found.cells.filter(({ architecture }) => architecture.includes('none'))).toHaveLength(6);
    expect(found.tasks.map(({ name }) => name)).toEqual(['labels', 'rotation', 'rotation, shuffled']);
    expect(found.results.map(({ task, against }) => `${task}/${against}`)).toEqual([
      'rotation/labels',
      'rotation, shuffled/labels',
      'labels/table',
      'rotation/table',
      'rotation, shuffled/table',
    ]);
    for (const { cells, spearman, partial } of found.results) {
      expect(cells).toBe(12);
      for (const { value, low, high } of [spearman, partial]) {
        if (value === null) continue;
        expect(low!).toBeLessThanOrEqual(high!);
        expect(Math.abs(value)).toBeLessThanOrEqual(1);
      }
    }
    const best = found.bestOf[0]!.curve;
    expect(best).toHaveLength(12);
    expect(best.at(-1)!.perfect).toBeCloseTo(Math.max(...accuracies));

    // A line that was cut off, and one that is gone: those trainings run again.
    const runs = join(out, 'runs.jsonl');
    const lines = readFileSync(runs, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(36);
    writeFileSync(runs, `${lines.slice(0, 30).join('\n')}\n`);
    appendFileSync(runs, lines[30]!.slice(0, 20));
    expect(settled(await study(out, args))).toEqual(settled(found));
    // All but the six that were missing, with the one that was cut off before them.
    expect(readFileSync(runs, 'utf8').trimEnd().split('\n')).toHaveLength(37);

    const report = createReport([{ kind: 'task-study', file: 'unnas.json', document: found }]);
    expect(report.html).toContain('rotation, shuffled');
    expect(report.html).toContain('ranked by the training loss of the last epoch');
    expect(report.figures).toHaveLength(5);

    // Another score of the same trainings: nothing is trained, and the order is that of the accuracies.
    const byAccuracy = await study(out, [...args, '--score', 'best-accuracy']);
    expect(readFileSync(runs, 'utf8').trimEnd().split('\n')).toHaveLength(37);
    const scores = ({ tasks }: TaskStudy) => tasks.map(({ accuracy, losses }) => ({ accuracy, losses }));
    expect(scores(byAccuracy)).toEqual(scores(found));
    expect(byAccuracy.results).not.toEqual(found.results);
    const [rotation, labels] = ['rotation', 'labels'].map((name) =>
      byAccuracy.tasks.find((task) => task.name === name)!.accuracy.map((value) => value!),
    );
    expect(byAccuracy.results[0]!.spearman.value).toBeCloseTo(spearman(rotation!, labels!), 12);
  });

  it('trains by the settings of each task, and by those of all', async () => {
    const out = join(folder, 'set');
    const args = ['--tasks', 'labels,rotation', '--shuffled', 'none', '--cells', '2', '--epochs', '2'];
    const set = ['rotation.images=40', 'rotation.epochs=3', 'labels.augment=true'];
    const found = await study(out, [...args, ...set.flatMap((one) => ['--set', one])]);
    const [labels, rotation] = found.tasks;
    expect(labels!.settings).toMatchObject({ epochs: 2, images: 120, augment: true });
    expect(rotation!.settings).toMatchObject({ epochs: 3, images: 11, validation: 138, augment: false });
    expect(labels!.losses!.map((losses) => losses!.length)).toEqual([2, 2]);
    expect(rotation!.losses!.map((losses) => losses!.length)).toEqual([3, 3]);
  });

  it('draws without a table, and names what it does not know', async () => {
    const found = await study(join(folder, 'drawn'), [
      '--tasks',
      'rotation,colorization-32',
      '--shuffled',
      'none',
    ]);
    expect(found.tasks.map(({ accuracy }) => accuracy.every((value) => value !== null))).toEqual([
      true,
      true,
    ]);
    expect(found.table).toBeNull();
    expect(found.results).toEqual([]);
    const refused = async (...args: readonly string[]) =>
      (await tenas(['study', 'unnas', '--out', join(folder, 'refused'), ...args])).err;
    expect(await refused('--tasks', 'labels,colour')).toContain('--tasks');
    expect(await refused('--accuracy', 'cifar10')).toContain('--accuracy');
    expect(await refused('--set', 'rotation.epoch=2')).toContain('did you mean rotation.epochs');
    expect(await refused('--set', 'rotation.epochs=0')).toContain('--set rotation.epochs: got "0"');
    expect(await refused('--score', 'loss')).toContain('last-loss');
    expect(await refused('--table', table(), '--cells', '100')).toContain('at most 60');
  });

  it('searches by each task, and takes over what it found before', async () => {
    const out = join(folder, 'searches');
    const set = ['channels=2', 'epochs=2', 'warmup=1', 'batchSize=10', 'finetune=2'].map(
      (one) => `search.${one}`,
    );
    const { enumeration } = nasBench201;
    const rows = Array.from({ length: enumeration.size }, (_, place) =>
      nasBench201.format(enumeration.at(place)),
    );
    const all = join(folder, 'all.csv');
    writeFileSync(all, ['arch,accuracy', ...rows.map((one, place) => `${one},${place / 1000}`)].join('\n'));
    const search = (...more: readonly string[]) =>
      study(out, [
        ...['--cells', '0', '--search', 'gdas', '--tasks', 'labels,rotation', '--seeds', '2'],
        ...['--table', all, '--images', '60', ...set.flatMap((one) => ['--set', one]), ...more],
      ]);
    const found = await search('--set', 'search.finalists=4');
    expect(found.cells).toEqual([]);
    expect(found.tasks).toEqual([]);
    const searches = found.searches!;
    expect(searches.strategy).toBe('gdas');
    expect(searches.settings).toMatchObject({ preset: 'quick', channels: 2, epochs: 2, finalists: 4 });
    expect(searches.found.map(({ task, seed }) => `${task} ${seed}`)).toEqual([
      ...['labels 0', 'labels 1', 'rotation 0', 'rotation 1'],
    ]);
    for (const { architecture, accuracy, params } of searches.found) {
      expect(accuracy).toBe(rows.indexOf(architecture) / 1000);
      expect(params).toBeGreaterThan(1000);
    }
    const records = () => readdirSync(out).filter((name) => /^gdas-.*\.json$/.test(name));
    expect(records()).toHaveLength(4);
    const csv = readFileSync(join(out, 'unnas-searches.csv'), 'utf8').trimEnd().split('\n');
    expect(csv[0]).toBe('strategy,task,seed,architecture,parameters,accuracy,seconds');
    expect(csv).toHaveLength(5);
    expect(csv[3]).toContain(`gdas,rotation,0,${searches.found[2]!.architecture},`);

    // One record is gone and is found again; the others keep even their times.
    const gone = records().find((name) => name.includes('rotation-seed1'))!;
    rmSync(join(out, gone));
    const again = (await search('--set', 'search.finalists=4')).searches!;
    expect(again.found.slice(0, 3)).toEqual(searches.found.slice(0, 3));
    expect({ ...again.found[3]!, seconds: 0 }).toEqual({ ...searches.found[3]!, seconds: 0 });
    // Other settings are other searches.
    await search('--set', 'search.finalists=1');
    expect(records()).toHaveLength(8);

    const { html } = createReport([{ kind: 'task-study', file: 'unnas.json', document: found }]);
    expect(html).toContain('Searches by each task');
    expect(html).toContain(searches.found[3]!.architecture.replaceAll('<', '&lt;'));
    expect(html).not.toContain('ranked by the training loss');
  });

  it('refuses searches that it cannot do', async () => {
    const refused = async (...args: readonly string[]) =>
      (await tenas(['study', 'unnas', '--out', join(folder, 'no search'), ...args])).err;
    expect(await refused('--cells', '0')).toContain('--cells');
    expect(await refused('--search', 'prune')).toContain('darts-gradient');
    const gdas = ['--cells', '0', '--search', 'gdas'];
    expect(await refused(...gdas, '--set', 'search.task=labels')).toContain('--tasks names the tasks');
    expect(await refused(...gdas, '--set', 'search.epoch=2')).toContain('did you mean search.epochs');
    expect(await refused('--set', 'search.epochs=2')).toContain('search.epochs');
  });
});
