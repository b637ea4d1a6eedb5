import { existsSync, readFileSync } from 'node:fs';
import { writeOutputFile } from '@tenas/base';
import type { ImageSource } from '@tenas/data';
import { Evaluator, getMetric } from '@tenas/metrics';
import { csvText, isMissing, readCsv } from '@tenas/records';
import { requireSupernet, type Space } from '@tenas/spaces';

/** One way to score: what differs from the defaults, one repeat of seed 0 on images of CIFAR-10. */
export interface Variant {
  /** For people. */
  readonly name: string;
  /** Metrics to score. */
  readonly metrics: readonly string[];
  readonly seed?: number;
  readonly repeats?: number;
  readonly images?: 'synthetic';
  /** Settings by metric. */
  readonly settings?: Readonly<Record<string, object>>;
  /** Differences from the sizes of the space's small networks. */
  readonly network?: object;
}

/** Metrics with their settings, as a variant has them. */
export function eachMetric(
  metrics: readonly string[],
  of: (metric: string) => object,
): Required<Pick<Variant, 'metrics' | 'settings'>> {
  return { metrics, settings: Object.fromEntries(metrics.map((metric) => [metric, of(metric)])) };
}

/** Architectures to score under a variant. */
export interface VariantRequest {
  readonly space: Space;
  /** As text. */
  readonly architectures: readonly string[];
  readonly variant: Variant;
  readonly source: ImageSource;
  /** CSV of the scores: a column `arch`, and one for each metric. */
  readonly file: string;
  readonly threads: number;
  /** Called whenever scores have been written. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Architectures after which the scores are written. */
const AT_A_TIME = 5;

/** Scores the architectures that are not yet in the file, and writes those that are done every now and then. */
export async function scoreVariant(request: VariantRequest): Promise<void> {
  const { space, architectures, variant, source, file, threads, onProgress } = request;
  const { metrics, settings = {} } = variant;
  const kept = keptScores(file, metrics);
  const missing = architectures.filter((text) => !kept.has(text));
  if (missing.length === 0) return;
  const { proxy, deep = proxy } = requireSupernet(space, 'this study').sizes;
  const sized =
    (usual: typeof proxy): typeof proxy =>
    (of) => ({ ...usual(of), ...variant.network });
  using evaluator = new Evaluator({
    space,
    source,
    metrics: metrics.map((metric) => ({ metric: getMetric(metric), settings: settings[metric] ?? {} })),
    seed: variant.seed ?? 0,
    repeats: variant.repeats ?? 1,
    sizes: { proxy: sized(proxy), deep: sized(deep) },
    threads,
  });
  for (let first = 0; first < missing.length; first += AT_A_TIME) {
    const some = missing.slice(first, first + AT_A_TIME);
    const scores = await evaluator.score(some.map((text) => space.parse(text)));
    for (const [place, one] of scores.entries()) {
      const values = metrics.map((metric) => [metric, String(one.scores[metric]!.value ?? '')]);
      kept.set(some[place]!, Object.fromEntries(values));
    }
    const cells = [...kept].map(([arch, values]) => ({ arch, ...values }));
    await writeOutputFile(file, csvText(['arch', ...metrics], cells, { raw: true }), { force: true });
    onProgress?.(architectures.length - missing.length + first + some.length, architectures.length);
  }
}

/** Scores of a file by architecture; none of a file that lacks one of the metrics. */
function keptScores(
  file: string,
  metrics: readonly string[],
): Map<string, Readonly<Record<string, string | undefined>>> {
  if (!existsSync(file)) return new Map();
  const { columns, rows } = readCsv(readFileSync(file, 'utf8'), file);
  if (!metrics.every((metric) => columns.includes(metric))) return new Map();
  return new Map(rows.map(({ cells }) => [cells.arch ?? '', cells]));
}

/** Reads what {@link scoreVariant} wrote. @returns by metric; larger is better, NaN: no value */
export function worthInFile(
  file: string,
  metrics: readonly string[],
  architectures: readonly string[],
): Map<string, Float64Array> {
  const kept = keptScores(file, metrics);
  return new Map(
    metrics.map((metric) => {
      const sign = getMetric(metric).better === 'higher' ? 1 : -1;
      const values = architectures.map((text) => {
        const cell = kept.get(text)?.[metric];
        return isMissing(cell) ? Number.NaN : sign * Number(cell);
      });
      return [metric, Float64Array.from(values)];
    }),
  );
}
