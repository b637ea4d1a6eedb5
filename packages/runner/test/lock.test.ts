import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TenasError } from '@tenas/base';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileLock, lockByDescriptor } from '../src/store/lock.js';
import { hasSqlite, unfit } from '../src/store/sqlite.js';
import { temporaryFolder } from './temporary-folder.js';

const inUse = () => new TenasError('IN_USE', 'another process has the lock');
const addon = join(import.meta.dirname, '../../../native/build/Release/tenas_native.node');
const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');

const lockers = {
  SQLite: `const db = new (require(${JSON.stringify(sqlite)}))(process.argv[1]); db.exec('BEGIN EXCLUSIVE');`,
  'the addon': `const fd = require('fs').openSync(process.argv[1], 'a'); if (!require(${JSON.stringify(addon)}).lockFile(fd)) process.exit(1);`,
};

/** A process that has the lock of a file and keeps it. */
async function holder(code: string, path: string): Promise<ChildProcess> {
  const script = `${code} console.log('locked'); setInterval(() => {}, 1e6);`;
  const child = spawn(process.execPath, ['-e', script, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [said] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  expect(String(said)).toContain('locked');
  return child;
}

const ways = {
  SQLite: (path: string) => new FileLock(path, inUse),
  'the addon': (path: string): Disposable => {
    const release = lockByDescriptor(path, inUse);
    return { [Symbol.dispose]: release };
  },
};

describe('locks of folders', () => {
  test('here are made by SQLite, so that the others below are the fallback', () => {
    expect(hasSqlite()).toBe(true);
  });

  for (const [mine, take] of Object.entries(ways)) {
    for (const [theirs, code] of Object.entries(lockers)) {
      test(`by ${mine} wait for a process that locks by ${theirs}, until it is killed`, async () => {
        const path = join(temporaryFolder(), 'a.lock');
        const other = await holder(code, path);
        expect(() => take(path)).toThrow(expect.objectContaining({ code: 'IN_USE' }));
        const gone = once(other, 'exit');
        other.kill('SIGKILL');
        await gone;
        take(path)[Symbol.dispose]();
      });
    }

    test(`by ${mine} keep a second one of the same process out, and are free after dispose`, () => {
      const path = join(temporaryFolder(), 'a.lock');
      const first = take(path);
      for (const second of Object.values(ways)) {
        expect(() => second(path)).toThrow(expect.objectContaining({ code: 'IN_USE' }));
      }
      first[Symbol.dispose]();
      for (const second of Object.values(ways)) second(path)[Symbol.dispose]();
    });
  }

  test('leave the lock file and nothing else in the folder, also while they are held', () => {
    const folder = temporaryFolder();
    using held = new FileLock(join(folder, 'a.lock'), inUse);
    expect(held).toBeDefined();
    expect(readdirSync(folder)).toEqual(['a.lock']);
  });

  test('in a folder that is not there name it', () => {
    const path = join(temporaryFolder(), 'none/a.lock');
    expect(() => lockByDescriptor(path, inUse)).toThrow(
      expect.objectContaining({ code: 'OUTPUT_FOLDER_MISSING' }),
    );
  });
});

describe('versions of better-sqlite3', () => {
  test('from 13 on are not loaded into Node 20, where they end the process', () => {
    expect(unfit('13.2.0', '20.20.2')).toContain('npm install better-sqlite3@12.11.1');
    expect(unfit('14.0.0', '20.17.0')).toContain('needs Node 22');
  });

  test('are loaded where they fit', () => {
    expect(unfit('12.11.1', '20.17.0')).toBeNull();
    expect(unfit('12.11.1', '24.0.0')).toBeNull();
    expect(unfit('13.2.0', '22.0.0')).toBeNull();
  });
});
