import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { codeBlockAfter } from '../../../../scripts/code-block.mjs';

/** What docs/extending.md makes, by the name of the block: the file, and what the file exports. */
const EXAMPLES = {
  'own-space': ['chain.mjs', 'chain'],
  'own-metric': ['gram-mean.mjs', 'gramMean'],
  'own-strategy': ['climb.mjs', 'climb'],
} as const;

const page = readFileSync(fileURLToPath(new URL('../../../../docs/extending.md', import.meta.url)), 'utf8');

/** Writes space, metric and strategy of docs/extending.md into a folder, each as one file with a default export. */
export function writeOwnFiles(folder: string): void {
  for (const [name, [file, exported]] of Object.entries(EXAMPLES)) {
    // The examples go on with a use of what they make, which has no place in a plug-in.
    const [made = ''] = codeBlockAfter(page, name).split(/^const source = |^export default /m);
    const { outputText } = ts.transpileModule(`${made}\nexport default ${exported};\n`, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    });
    writeFileSync(join(folder, file), outputText);
  }
}

/** Writes the spec of a batch that docs/extending.md shows. */
export function writeOwnSpec(folder: string): void {
  writeFileSync(join(folder, 'own.yaml'), codeBlockAfter(page, 'own-batch'));
}

/** SHA-256 of a file, in hexadecimal. */
export function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
