import { readFileSync } from 'node:fs';

/** What a program of version 1 wrote; see the file names. */
export function fixtureV1(name: 'search-finals' | 'search-edges' | 'search-interrupted' | 'score') {
  return JSON.parse(readFileSync(new URL(`fixtures/v1/${name}.json`, import.meta.url), 'utf8'));
}
