import { openDataset } from '@tenas/data';
import {
  type EvaluationRequest,
  type Evaluator,
  pruneSearch,
  SearchInterrupted,
  type SearchRecord,
} from '@tenas/search';
import { getSpace } from '@tenas/spaces';

/** A number in [0, 1) from a text. */
function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const character of text) h = Math.imul(h ^ character.charCodeAt(0), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** Answers by formula, so that searches of these tests take milliseconds; now and then a kernel fails. */
function quickEvaluator(failEvery: number, onAsked: (times: number) => void): Evaluator {
  let asked = 0;
  const answers = <T>(request: EvaluationRequest, answer: (text: string) => T): T[][] =>
    request.candidates.map((active) => request.draws.map((draw) => answer(JSON.stringify([active, draw]))));
  return {
    engine: { name: 'quick', version: '0.0.0', isa: 'none' },
    async ntk(request) {
      onAsked(++asked);
      request.signal?.throwIfAborted();
      return answers(request, (text) => {
        const value = hash(text);
        return failEvery > 0 && value < 1 / failEvery
          ? { kind: 'failed', reason: 'zero', quotient: Number.POSITIVE_INFINITY }
          : { kind: 'ok', conditionNumber: 10 + 1000 * value };
      });
    },
    async regions(request) {
      return answers(request, (text) => Math.floor(500 + 1000 * hash(`R${text}`)));
    },
    [Symbol.dispose]() {},
  };
}

/** A record of the real search on made-up measurements. */
export async function madeRecord(given: {
  readonly space: 'nas-bench-201' | 'darts';
  readonly seed?: number;
  /** Stops in this round, from 1. */
  readonly stopIn?: number;
  /** One kernel in so many fails. */
  readonly failEvery?: number;
}): Promise<SearchRecord> {
  const source = await openDataset({ dataset: 'synthetic' });
  const controller = new AbortController();
  try {
    return await pruneSearch({
      space: getSpace(given.space),
      source,
      seed: given.seed ?? 1,
      signal: controller.signal,
      evaluator: quickEvaluator(given.failEvery ?? 0, (times) => {
        if (times === given.stopIn) controller.abort(new Error('stopped'));
      }),
    });
  } catch (error) {
    if (error instanceof SearchInterrupted) return error.record;
    throw error;
  }
}

/** What `tenas search` adds to a complete record. */
export const SCORES = { conditionNumber: 138.4, regions: 1314, params: 1_316_506, flops: 188_662_400 };

/** A document as `tenas export --json` prints it. */
export function madeExport(genotype: string) {
  return {
    out: 'nets/found net.onnx',
    space: 'nas-bench-201',
    genotype,
    network: { C: 16, N: 5 },
    opset: 17,
    params: 1_316_506,
    flops: 188_662_400,
    bytes: 5_385_352,
    weights: 'seed 0, kaiming_fan_out',
    check: { ok: true, failure: null, relative: 2.4e-5, ortVersion: '1.30.0' },
  };
}

/** A document as `tenas score --json` prints it. */
export function madeScore(architecture: string) {
  return {
    space: 'nas-bench-201',
    architecture,
    seed: 0,
    ntk: {
      mode: 'sample',
      aggregation: 'log-mean',
      conditionNumber: 128.9,
      conditionNumbers: [113.7, null, 146.7],
      outcomes: ['ok', 'negative', 'ok'],
      eigenvalues: Array.from({ length: 32 }, (_, index) => 70 * 1.15 ** index),
    },
    regions: 1209.7,
    regionCounts: [1193, 1335, 1101],
    params: 1_316_506,
    flops: 188_662_400,
    seconds: { ntk: 0.09, regions: 0.002, total: 0.95 },
    dataset: { name: 'synthetic', fingerprint: 'synthetic-0' },
  };
}
