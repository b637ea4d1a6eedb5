import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../../scripts/steps.mjs';

/** TypeScript sources of the packages, as paths from the repository's root. */
export function packageSources(): string[] {
  const folders = readdirSync(join(repositoryRoot, 'packages')).map((name) => `packages/${name}/src`);
  return [...folders, 'native/ts'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
}

/** Words of a program: identifiers and the text of its literals, with their lines; comments have none. */
export function codeTokens(source: string): { readonly text: string; readonly line: number }[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest);
  const tokens: { text: string; line: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) || ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      tokens.push({ text: node.text, line: line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return tokens;
}

/** Places in the packages' sources where code, not a comment, says one of these words: `file:line text`. */
export function placesThatSay(words: readonly string[], elsewhere: (file: string) => boolean): string[] {
  const plain = (text: string) => text.toLowerCase().replace(/[-_\s]/g, '');
  const wanted = words.map(plain);
  return packageSources()
    .filter(elsewhere)
    .flatMap((file) =>
      codeTokens(readFileSync(join(repositoryRoot, file), 'utf8'))
        .filter(({ text }) => wanted.some((word) => plain(text).includes(word)))
        .map(({ text, line }) => `${file}:${line} ${text}`),
    );
}
