import type { z } from 'zod';

type Issue = z.core.$ZodIssue;
type Path = readonly (string | number)[];

/** One thing that is wrong, and what would be right. */
export interface Mistake {
  readonly path: Path;
  readonly wanted: string;
}

/**
 * Where exactly the problems are: each unknown field is named, and of a value that may have several forms the form that
 * was meant says what is wrong.
 *
 * @param valueAt what was given at a path
 */
export function mistakesOf(issues: readonly Issue[], valueAt: (path: Path) => unknown): Mistake[] {
  return issues.flatMap((issue) => placesOf(issue, [], valueAt));
}

function placesOf(issue: Issue, around: Path, valueAt: (path: Path) => unknown): Mistake[] {
  const path = [...around, ...pathOf(issue)];
  if (issue.code === 'invalid_union') {
    const meant = formMeant(issue.errors, path, valueAt);
    if (meant !== null) return meant.flatMap((inner) => placesOf(inner, path, valueAt));
  }
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const paths = unknown.length === 0 ? [path] : unknown.map((key) => [...path, key]);
  return paths.map((at) => ({ path: at, wanted: issue.message }));
}

function pathOf(issue: Issue): Path {
  return issue.path.filter((part) => typeof part !== 'symbol');
}

/** A field that is missing or that the form has not speaks against the form; one that is there with a wrong value does not. */
const AGAINST = 1000;

/** The problems of the form that the value was meant to have, or null where it has none of them. */
function formMeant(
  forms: readonly (readonly Issue[])[],
  path: Path,
  valueAt: (path: Path) => unknown,
): readonly Issue[] | null {
  const against = (issue: Issue): number => {
    const at = pathOf(issue);
    if (issue.code === 'unrecognized_keys') return at.length === 0 ? AGAINST * issue.keys.length : 1;
    if (at.length > 1) return 1;
    const known = issue.code === 'invalid_union' && issue.errors.length === 0;
    return known || valueAt([...path, ...at]) === undefined ? AGAINST : 1;
  };
  const possible = forms
    .filter((issues) => issues.every((issue) => pathOf(issue).length > 0 || isPartial(issue)))
    .map((issues) => ({ issues, sum: issues.reduce((sum, issue) => sum + against(issue), 0) }))
    .sort((one, other) => one.sum - other.sum);
  return possible[0]?.issues ?? null;
}

/** A problem with fields of an object that is of the right kind. */
function isPartial(issue: Issue): boolean {
  return issue.code === 'unrecognized_keys' || (issue.code === 'invalid_union' && issue.errors.length > 0);
}
