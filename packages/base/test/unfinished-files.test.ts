import { mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/support/temporary-folder.js';
import { removeUnfinishedFiles } from '../src/index.js';

const folder = temporaryFolder();

it('removes half-written files, and nothing that has but a similar name', () => {
  const kept = ['.tenas-.tmp', '.tenas-0g.tmp', '.tenas-0a.tmp.json', 'a.tenas-0a.tmp'];
  for (const name of [...kept, '.tenas-0a.tmp', '.tenas-0b.tmp']) writeFileSync(join(folder, name), 'half');
  mkdirSync(join(folder, '.tenas-0c.tmp'));
  symlinkSync('/nowhere', join(folder, '.tenas-0d.tmp'));
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(join(folder, '.tenas-0a.tmp'), anHourAgo, anHourAgo);

  removeUnfinishedFiles(folder, 1000 * 60);
  const others = [...kept, '.tenas-0c.tmp', '.tenas-0d.tmp'];
  expect(readdirSync(folder).sort()).toEqual([...others, '.tenas-0b.tmp'].sort());
  removeUnfinishedFiles(folder);
  expect(readdirSync(folder).sort()).toEqual(others.sort());
});
