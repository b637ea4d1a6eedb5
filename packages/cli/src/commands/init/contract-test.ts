import { fileURLToPath } from 'node:url';

/**
 * The test of a space in a file beside it. It works where the packages of tenas are not installed beside the file, too: it
 * finds those of the command that wrote it.
 * @param file name of the file of the space
 */
export function contractTest(file: string): string {
  const installed = fileURLToPath(import.meta.url);
  return `// The contract of a search space: what every command of tenas relies on. \`node --test\` runs it.
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

// The packages of tenas: those that are installed here, else those of the tenas that wrote this file.
const installed = createRequire(${JSON.stringify(installed)});
const load = (name) =>
  import(name).catch((error) => {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return import(pathToFileURL(installed.resolve(name)).href);
  });
const { PlugIns } = await load('@tenas/runner/plug-ins');
const { spaceContract } = await load('@tenas/spaces/contract');

const space = await new PlugIns().space(fileURLToPath(new URL(${JSON.stringify(`./${file}`)}, import.meta.url)));

for (const { name, run } of spaceContract(space)) test(name, run);

// Say what you know of your space, so that a change that you did not mean is noticed:
test('has the architectures that it should have', () => {
  console.log(\`\${space.title}: \${space.enumeration?.size ?? 'more than 2^32'} architectures, e.g. \${space.example}\`);
  space.parse(space.example);
});
`;
}
