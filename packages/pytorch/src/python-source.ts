import { readFileSync } from 'node:fs';

/** The text of a file in this package's folder `python`, without its ending. */
export function pythonPiece(name: string): string {
  return readFileSync(new URL(`../python/${name}.py`, import.meta.url), 'utf8').trimEnd();
}

/** Top-level pieces of a file, with Python's two empty lines between them and a line end after the last. */
export function pythonFile(pieces: readonly string[]): string {
  return `${pieces.map((piece) => piece.trimEnd()).join('\n\n\n')}\n`;
}
