// Checks of archives with the tools that the ecosystem judges packages by.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { run, StepError } from './steps.mjs';

/**
 * Checks an archive by publint, and its types by "are the types wrong" where it has types.
 * @param {string} path of the archive
 */
export async function checkArchive(path) {
  const bytes = readFileSync(path);
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball } });
  const problems = messages.filter(({ type }) => type !== 'suggestion');
  if (problems.length > 0) {
    const texts = problems.map((message) => formatMessage(message, pkg, { color: false }));
    throw new StepError(`${basename(path)}: publint says\n${texts.join('\n')}`);
  }
  if (pkg.types === undefined) return;
  const { resolve } = createRequire(import.meta.url);
  const attw = join(dirname(resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
  // The packages are ES modules alone, which every supported Node can also `require`.
  const args = [attw, path, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji'];
  const { code, stdout } = await run(process.execPath, args, { capture: 'all' });
  if (code !== 0) throw new StepError(`${basename(path)}: are the types wrong says\n${stdout}`);
}
