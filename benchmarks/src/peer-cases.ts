import type { Subject } from '@tenas/cli';
import { type Domain, nestedDomain } from '@tenas/spaces';
import {
  MEASURED_SPACES,
  type MeasuredSpace,
  protocolNtk,
  protocolRegions,
  singleNetNtk,
} from './subjects.js';

/** One evaluation, ours and the peer's. */
export interface PeerCase {
  readonly name: string;
  readonly title: string;
  readonly subject: Subject;
  /** Arguments of the peer's `Network`. */
  readonly net: object;
  /** Ways of the peer; the first is the published one. */
  readonly methods: readonly string[];
  /** 1: our engine uses one thread, whatever the peer uses. */
  readonly ourThreads: 1 | 'all';
  /** Evaluations in one request of ours, spread over the threads; the time is that of one. */
  readonly evaluations: number;
  /** How many times faster than the peer's fastest way, and than the published way. */
  readonly best?: { readonly target: number; readonly stretch: number };
  readonly published?: { readonly target: number; readonly stretch: number };
}

/** The peer's supernet for the NTK. */
export function ntkNet(space: MeasuredSpace, domain: Domain): object {
  const active = nestedDomain(domain);
  return space === 'darts'
    ? { kind: space, C: 1, N: 1, classes: 10, depth: 2, stem: true, active }
    : { kind: space, C: 3, N: 1, classes: 10, depth: -1, stem: true, active };
}

/** The peer's supernet for regions. */
export function regionNet(space: MeasuredSpace, domain: Domain): object {
  const active = nestedDomain(domain);
  return { kind: space, C: 1, N: 1, classes: 10, depth: space === 'darts' ? 2 : 1, stem: false, active };
}

/**
 * Ways of the peer in each mode. Mapping over directions does N times the work that `sample` needs: it is left out there. Those that are slower than others on a case are dropped after their first run.
 */
export const NTK_METHODS = {
  batch: ['published', 'autograd_grad', 'captured_batch', 'batched_vjp', 'functorch_vmap'],
  sample: ['published', 'autograd_grad', 'captured_sample'],
} as const;

/** functorch takes 82 s for one kernel of NAS-Bench-201's supernet, 30 times as long as the loop. */
const isSwift = (method: string) => method !== 'functorch_vmap';

const REGION_METHODS = ['published', 'packed', 'packed_bytes'];

function ntkCase(space: MeasuredSpace, mode: 'batch' | 'sample', best: PeerCase['best']): PeerCase {
  const domain = MEASURED_SPACES[space].supernet.full();
  const subject = protocolNtk(space, { mode });
  return {
    name: `peer-ntk-${mode}-${space}`,
    title: `NTK ${mode}, ${MEASURED_SPACES[space].title} supernet, batch ${subject.batchSize}`,
    subject,
    net: ntkNet(space, domain),
    methods: space === 'darts' ? NTK_METHODS[mode] : NTK_METHODS[mode].filter(isSwift),
    ourThreads: 'all',
    evaluations: mode === 'sample' ? 8 : 1,
    ...(best === undefined ? {} : { best }),
  };
}

function regionCase(space: MeasuredSpace): PeerCase {
  const domain = MEASURED_SPACES[space].supernet.full();
  return {
    name: `peer-regions-${space}`,
    title: `regions, ${MEASURED_SPACES[space].title} supernet, 3 x 1000`,
    subject: protocolRegions(space),
    net: regionNet(space, domain),
    methods: REGION_METHODS,
    ourThreads: 1,
    evaluations: 1,
    published: { target: 50, stretch: 200 },
    best: { target: 10, stretch: 40 },
  };
}

function singleCase(mode: 'batch' | 'sample', best?: PeerCase['best']): PeerCase {
  return {
    name: `peer-single-net-${mode}`,
    title: `NTK ${mode}, nor_conv_3x3 net C=16 N=5, batch 32`,
    subject: singleNetNtk({ mode, batchSize: 32 }),
    net: { kind: 'nas-bench-201', C: 16, N: 5, classes: 10, ops: Array(6).fill('nor_conv_3x3') },
    // The batched ways hold the gradients of eight directions at once, for no gain at this width.
    methods: mode === 'batch' ? NTK_METHODS.batch.slice(0, 2) : NTK_METHODS.sample,
    ourThreads: 'all',
    evaluations: 1,
    ...(best === undefined ? {} : { best }),
  };
}

/** The rows of the table of targets that compare with PyTorch, and the modes that it leaves out. */
export function peerCases(): PeerCase[] {
  return [
    ntkCase('nas-bench-201', 'batch', { target: 8, stretch: 16 }),
    ntkCase('darts', 'batch', { target: 12, stretch: 25 }),
    ntkCase('nas-bench-201', 'sample', { target: 20, stretch: 40 }),
    ntkCase('darts', 'sample', { target: 20, stretch: 40 }),
    singleCase('batch', { target: 1.2, stretch: 1.6 }),
    singleCase('sample'),
    regionCase('nas-bench-201'),
    regionCase('darts'),
  ];
}
