import type { Graph } from '@tenas/graph';
import fc from 'fast-check';
import { randomGraph } from './random-graph.js';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Path = readonly (string | number)[];

/** A copy as plain JSON with one place changed; undefined takes the place away. */
export function changed(graph: Graph, path: Path, value: Json | undefined): unknown {
  const copy = JSON.parse(JSON.stringify(graph)) as Json;
  let holder = copy as { [key: string]: Json };
  for (const key of path.slice(0, -1)) holder = holder[key] as { [key: string]: Json };
  const last = String(path.at(-1));
  if (value === undefined) delete holder[last];
  else Object.defineProperty(holder, last, { value, enumerable: true, configurable: true, writable: true });
  return copy;
}

/** Every place in a JSON value. */
function pathsOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length > 0 ? [path] : []),
    ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key])),
  ];
}

/** Random graphs as plain JSON, each with one place changed or taken away: most do not hold together any more. */
export function changedGraph(): fc.Arbitrary<unknown> {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 12 }),
    fc.constantFrom<Json>(null, true, '', '__proto__', [], {}, [1], [[]], 1e308, 2 ** 31, 2 ** 53, -0.5),
    fc.jsonValue().map((json) => json as Json),
  );
  return fc
    .tuple(
      randomGraph({ classifier: 'sometimes', maxSteps: 6 }),
      fc.nat(),
      fc.option(value, { nil: undefined }),
    )
    .map(([{ graph }, place, replacement]) => {
      const paths = pathsOf(JSON.parse(JSON.stringify(graph)) as Json);
      return changed(graph, paths[place % paths.length]!, replacement);
    });
}
