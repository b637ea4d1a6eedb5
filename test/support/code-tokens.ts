import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { repositoryRoot } from '../../scripts/steps.mjs';

/** TypeScript sources of the packages, as paths from the repository's root. */
export function packageSources(): string[] {
  const folders = readdirSync(join(repositoryRoot, 'packages'))
    .map((name) => `packages/${name}/src`)
    // A package may only hand on another one.
    .filter((folder) => existsSync(join(repositoryRoot, folder)));
  return [...folders, 'native/ts'].flatMap((folder) =>
    readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
}

/** An identifier, or the text of a literal or of a part of a template. */
export interface CodeToken {
  readonly kind: 'identifier' | 'literal';
  readonly text: string;
  readonly line: number;
}

/** The identifiers and literals of a program; comments have none. */
export function codeTokens(source: string): CodeToken[] {
  const file = ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest);
  const tokens: CodeToken[] = [];
  const visit = (node: ts.Node): void => {
    const named = ts.isIdentifier(node) || ts.isPrivateIdentifier(node);
    if (named || ts.isLiteralExpression(node) || ts.isTemplateLiteralToken(node)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      tokens.push({ kind: named ? 'identifier' : 'literal', text: node.text, line: line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return tokens;
}

/** Whether a token has one of these words in it, whatever its case and whatever stands between its parts. */
export function sayingAny(words: readonly string[]): (token: CodeToken) => boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[-_\s]/g, '');
  const wanted = words.map(plain);
  return ({ text }) => wanted.some((word) => plain(text).includes(word));
}

/** Places in the packages' sources where code, not a comment, says something: `file:line text`. */
export function placesThatSay(
  says: (token: CodeToken) => boolean,
  elsewhere: (file: string) => boolean,
): string[] {
  return packageSources()
    .filter(elsewhere)
    .flatMap((file) =>
      codeTokens(readFileSync(join(repositoryRoot, file), 'utf8'))
        .filter(says)
        .map(({ text, line }) => `${file}:${line} ${text}`),
    );
}
