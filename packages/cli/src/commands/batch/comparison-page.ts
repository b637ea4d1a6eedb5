import type { BatchComparison } from '@tenas/records';
import { createReport } from '@tenas/report';
import { listSpaces } from '@tenas/spaces';
import { version } from '../../version.js';

/** The page of a comparison of two batches. */
export function comparisonPage(document: BatchComparison): string {
  const file = `${document.batches.a.name} and ${document.batches.b.name}`;
  return createReport([{ kind: 'batch-comparison', file, document }], {
    toolVersion: version(),
    spaceTitle: (name) => listSpaces().find((space) => space.name === name)?.title ?? name,
  }).html;
}
