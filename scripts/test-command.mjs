// Runs a command of test/.
import { repositoryRoot } from './steps.mjs';

/**
 * Runs `test/NAME/command.ts` in the repository's root, with the arguments of this process.
 * @param {string} name
 */
export async function runTestCommand(name) {
  process.chdir(repositoryRoot);
  const { bundleSource } = await import('./source-bundle.mjs');
  await import(await bundleSource(`test/${name}/command.ts`, name));
}
