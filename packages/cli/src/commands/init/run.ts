import { join } from 'node:path';
import { ensureWritableTarget, writeOutputFile } from '@tenas/base';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import type { Invocation } from '../../invocation.js';
import { printResult } from '../../io.js';
import { prepareFolder } from '../../output-folder.js';
import { contractTest } from './contract-test.js';
import type { initSpaceUsage } from './options.js';
import { spaceModule } from './space-module.js';
import { spacePage } from './space-page.js';

/** `tenas init space`: a skeleton that works as it is, and its test. */
export async function initSpace({ given, json, io }: Invocation<typeof initSpaceUsage>): Promise<ExitCode> {
  const { name, format, out, force } = given;
  const file = `${name}.${format}`;
  const space = join(out, file);
  const test = join(out, `${name}.test.mjs`);
  const written = { force, signal: io.signal };
  await prepareFolder(out);
  for (const path of [space, test]) await ensureWritableTarget(path, written);
  await writeOutputFile(space, format === 'yaml' ? spacePage(name) : spaceModule(name), written);
  await writeOutputFile(test, contractTest(file), written);
  const path = out === '.' ? `./${file}` : space;
  const next = [
    `node --test ${test}`,
    `tenas info --space ${path}`,
    `tenas search --space ${path} --strategy random --out runs`,
  ];
  printResult(io, json, { space: name, files: [space, test], next }, () =>
    [
      `wrote   ${space}, ${test}`,
      ...next.map((line, index) => `${index === 0 ? 'try it ' : '       '} ${line}`),
    ].join('\n'),
  );
  return exitCodes.ok;
}
