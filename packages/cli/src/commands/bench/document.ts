import { currentLoad, describeHost, frequencyGovernor, type Summary } from '@tenas/base';
import { nativeInfo } from '@tenas/native';
import { BENCH_FORMAT, type BenchDocument } from '@tenas/records';
import { version } from '../../version.js';

/** What is known before anything is measured: the date, the machine and its load. */
export function benchStart(): Pick<BenchDocument, 'date' | 'machine'> {
  const { isa, compiler } = nativeInfo();
  const { cpu, cores, memoryBytes, node } = describeHost();
  const governor = frequencyGovernor();
  return {
    date: new Date().toISOString(),
    machine: {
      ...{ cpu, cores, isa, memoryBytes, node, compiler },
      ...(governor === null ? {} : { governor }),
      commit: `tenas ${version()}`,
      loadBefore: currentLoad(),
    },
  };
}

/** Measurements of `tenas bench` as the result of a benchmark, a row for each number of threads. */
export function benchDocument(
  start: ReturnType<typeof benchStart>,
  measured: {
    /** The metric, its space and its mode. */
    readonly subject: readonly string[];
    readonly what: 'evaluation' | 'training';
    readonly seed: number;
    readonly results: readonly {
      readonly threads: number;
      readonly device: string;
      readonly millisecondsPerEvaluation: Summary;
      readonly gflops: number;
    }[];
  },
): BenchDocument {
  const { subject, what, seed, results } = measured;
  return {
    ...start,
    format: BENCH_FORMAT,
    kind: 'tenas bench',
    seed,
    roofline: null,
    warnings: [],
    rows: results.map(({ threads, device, millisecondsPerEvaluation, gflops }) => {
      const where = device === 'cpu' ? `${threads} threads` : device;
      return {
        name: [...subject, where.replace(' ', '-')].join('/'),
        title: `${subject.join(', ')}, ${where}, per ${what}`,
        unit: 'ms',
        better: 'lower',
        summary: millisecondsPerEvaluation,
        gflops,
      };
    }),
  };
}
