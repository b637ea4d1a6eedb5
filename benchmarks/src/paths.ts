import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of benchmarks, also when run from `dist`. */
export const benchmarksFolder = fileURLToPath(new URL('..', import.meta.url));

export const repositoryRoot = join(benchmarksFolder, '..');

/** The `tenas` command. */
export const tenasCommand = join(repositoryRoot, 'packages/cli/bin/tenas.js');

/** A folder for what runs leave behind, which git ignores. */
export function buildFolder(name: string): string {
  const folder = join(benchmarksFolder, 'build', name);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** CIFAR-10 as `--data` or the environment says where it is, or null: synthetic images then stand in. */
export function cifarFolder(given: string | undefined): string | null {
  const shared = process.env.TENAS_SHARED ?? join(repositoryRoot, '../shared');
  const folder = given ?? join(shared, 'data/cifar-10-batches-bin');
  return existsSync(folder) ? folder : null;
}
