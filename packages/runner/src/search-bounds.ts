import { basename, resolve } from 'node:path';
import type { ImageSource } from '@tenas/data';
import {
  type AdditivePredictor,
  type ConstraintBound,
  FeasibleArchitectures,
  type LatencyPredictor,
  openLatencyModel,
  readConstraints,
  resolveConstraints,
} from '@tenas/search';
import type { Space } from '@tenas/spaces';
import { inSpec, inSpecLater, type SpecPlace } from './spec/in-spec.js';
import type { SearchSection } from './spec/schema.js';
import { MOST_LATENCY_NUMBERS, numbersIn } from './task-reading.js';
import type { TaskLatency } from './tasks.js';

/**
 * Bounds on the answers of a section's searches, which some architecture of the space meets.
 * @throws TenasError `SPEC_INVALID`
 */
export function sectionBounds(
  { constraints = [] }: SearchSection,
  search: {
    readonly space: Space;
    readonly images: ImageSource;
    readonly latency: LatencyPredictor | undefined;
  },
  place: SpecPlace,
): ConstraintBound[] {
  if (constraints.length === 0) return [];
  return inSpec(place, () => {
    const bounds = readConstraints(constraints);
    const resolved = resolveConstraints(bounds, search);
    const allowed = (architecture: object) =>
      resolved.every(({ costOf, limit }) => costOf(architecture) <= limit);
    new FeasibleArchitectures(search.space, resolved, allowed).require();
    return bounds;
  });
}

/**
 * The model of latencies that a section names, for one of its spaces; undefined: it names none.
 * @throws TenasError `SPEC_INVALID`
 */
export async function sectionLatency(
  { latencyModel }: SearchSection,
  space: Space,
  place: SpecPlace,
): Promise<AdditivePredictor | undefined> {
  if (latencyModel === undefined) return undefined;
  return await inSpecLater(place, async () => {
    const path = resolve(place.read.folder, latencyModel);
    const predictor = await openLatencyModel(space, path, 'latencyModel');
    const count = numbersIn(predictor.numbers.decisions);
    if (count <= MOST_LATENCY_NUMBERS) return predictor;
    const most = `jobs of a batch carry at most ${MOST_LATENCY_NUMBERS}`;
    throw place.read.fieldError(place.path, `has ${count} numbers for ${space.name}; ${most}`);
  });
}

/** A model of latencies as tasks carry it. */
export function taskLatency({ file, device, digest, numbers }: AdditivePredictor): TaskLatency {
  return { file: basename(file), device, digest, numbers };
}
