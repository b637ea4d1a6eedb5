import { metricSubject, type Subject, type SubjectSizes, tasksSubject } from '@tenas/cli';
import { ntk, regions } from '@tenas/metrics';
import { darts, nasBench201, type Space } from '@tenas/spaces';

/** Spaces whose supernets are measured. */
export const MEASURED_SPACES = { 'nas-bench-201': nasBench201, darts } as const satisfies Record<
  string,
  Space
>;

/** Names of {@link MEASURED_SPACES}. */
export type MeasuredSpace = keyof typeof MEASURED_SPACES;

/** Images of the protocols' NTK batches on CIFAR-10. */
export const PROTOCOL_BATCH: Readonly<Record<MeasuredSpace, number>> = { 'nas-bench-201': 72, darts: 14 };

/** The most expensive architecture of NAS-Bench-201. */
const ALL_CONV_3X3 =
  '|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|';

/** The NTK of a space's supernet as the protocols have it; other sizes where given. */
export function protocolNtk(
  name: MeasuredSpace,
  options: SubjectSizes & { readonly mode: 'batch' | 'sample'; readonly batchSize?: number },
): Subject {
  const { mode, batchSize = PROTOCOL_BATCH[name], ...sizes } = options;
  return metricSubject(MEASURED_SPACES[name], { metric: ntk, settings: { mode, batchSize } }, sizes);
}

/** Regions of a space's supernet as the protocols count them; other sizes where given. */
export function protocolRegions(
  name: MeasuredSpace,
  options: SubjectSizes & { readonly batches?: number; readonly batchSize?: number } = {},
): Subject {
  const { batches, batchSize, ...sizes } = options;
  return metricSubject(MEASURED_SPACES[name], { metric: regions, settings: { batches, batchSize } }, sizes);
}

/** The NTK of one architecture of NAS-Bench-201 at its final width and depth, or another. */
export function singleNetNtk(options: {
  readonly mode: 'batch' | 'sample';
  readonly batchSize: number;
  readonly C?: number;
  readonly N?: number;
}): Subject {
  const { mode, batchSize, C = 16, N = 5 } = options;
  const graph = nasBench201.network(nasBench201.parse(ALL_CONV_3X3), { C, N });
  return tasksSubject(graph, { tasks: [{ kind: 'ntk', mode }], batchSize });
}
