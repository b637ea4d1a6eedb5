import { currentLoad, describeHost, loadWarning } from '@tenas/base';
import type { NetworkLatency } from '@tenas/latency';
import type { LatencySetup } from '@tenas/records';
import type { Io } from '../../io.js';

/** Says how latencies were measured, once they are. */
export interface SetupNotes {
  readonly device: string;
  /** Of a measured network: the version of onnxruntime is known then. */
  setup(measured: NetworkLatency): LatencySetup;
  readonly warnings: readonly string[];
}

/** Looks at the machine before anything is measured, and warns where it is busy. */
export function beforeMeasuring(
  given: {
    readonly device?: string | undefined;
    readonly batch?: number | undefined;
    readonly threads?: number | undefined;
    readonly provider?: string | undefined;
  },
  io: Io,
): SetupNotes {
  const machine = describeHost();
  const before = currentLoad();
  const { batch = 1, threads = 1, provider = 'cpu' } = given;
  const device = given.device ?? machine.cpu;
  const busy = loadWarning(before, machine.cores);
  const crowded =
    threads > machine.cores
      ? `${threads} threads share ${machine.cores} cores: latencies are no better`
      : null;
  const warnings = [busy, crowded].filter((warning) => warning !== null);
  for (const warning of warnings) io.err(`note: ${warning}\n`);
  return {
    device,
    warnings,
    setup: ({ runtimeVersion }) => ({
      ...{ device, batch, threads, machine },
      runtime: { name: 'onnxruntime', version: runtimeVersion, provider },
      load: { before, after: currentLoad() },
    }),
  };
}

/** How latencies were measured, for a person. */
export function setupText({ machine, runtime, batch, threads }: LatencySetup): string {
  const { name, version, provider } = runtime;
  return `${machine.cpu}, ${machine.cores} cores; ${name} ${version} (${provider}), batch ${batch}, ${threads} thread${threads === 1 ? '' : 's'}`;
}

/** ms for a person, at four digits. */
export function msText(ms: number): string {
  return `${Number(ms.toPrecision(4))} ms`;
}
