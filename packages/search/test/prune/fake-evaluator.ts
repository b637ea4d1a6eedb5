import { setTimeout as delay } from 'node:timers/promises';
import type { ImageSource } from '@tenas/data';
import type { NtkOutcome } from '@tenas/metrics';
import type { Domain } from '@tenas/spaces';
import type { EvaluationRequest, SupernetEvaluator } from '../../src/index.js';

/** What a fake evaluator answers; must depend on its arguments alone. */
export interface FakeAnswers {
  readonly kappa?: (active: Domain, draw: { batch: number; weights: number }) => number | NtkOutcome;
  readonly zen?: (active: Domain, draw: { batch: number; weights: number }) => number | null;
  readonly regions?: (active: Domain, draw: { batch: number; weights: number }) => number;
  /** Waits before each answer. */
  readonly milliseconds?: number;
  /** Ignores the signal, as a careless evaluator would. */
  readonly deaf?: boolean;
}

/** A number in [0, 1) from a text. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (const character of text) h = Math.imul(h ^ character.charCodeAt(0), 0x01000193);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
}

/** Answers by formula and keeps what it was asked. */
export class FakeEvaluator implements SupernetEvaluator {
  readonly asked: { metric: 'ntk' | 'zen' | 'regions'; request: EvaluationRequest }[] = [];
  readonly #answers: FakeAnswers;
  disposed = false;

  constructor(answers: FakeAnswers = {}) {
    this.#answers = answers;
  }

  async ntk(request: EvaluationRequest): Promise<NtkOutcome[][]> {
    const { kappa = (active, draw) => 1 + 1000 * hash(JSON.stringify([active, draw])) } = this.#answers;
    return await this.#answer('ntk', request, (active, draw) => {
      const value = kappa(active, draw);
      return typeof value === 'number' ? { kind: 'ok', conditionNumber: value } : value;
    });
  }

  async zen(request: EvaluationRequest): Promise<(number | null)[][]> {
    const { zen = (active, draw) => 100 * hash(`Z${JSON.stringify([active, draw])}`) } = this.#answers;
    return await this.#answer('zen', request, zen);
  }

  async regions(request: EvaluationRequest): Promise<number[][]> {
    const { regions = (active, draw) => 1 + Math.floor(3000 * hash(`R${JSON.stringify([active, draw])}`)) } =
      this.#answers;
    return await this.#answer('regions', request, regions);
  }

  async #answer<T>(
    metric: 'ntk' | 'zen' | 'regions',
    request: EvaluationRequest,
    answer: (active: Domain, draw: { batch: number; weights: number }) => T,
  ): Promise<T[][]> {
    this.asked.push({ metric, request });
    const { milliseconds, deaf } = this.#answers;
    const { signal } = request;
    if (milliseconds !== undefined) {
      await delay(milliseconds, undefined, deaf || signal === undefined ? {} : { signal });
    }
    const answers = request.candidates.map((active) => request.draws.map((draw) => answer(active, draw)));
    request.onProgress?.(Math.ceil((request.candidates.length * request.draws.length) / 2));
    request.onProgress?.(request.candidates.length * request.draws.length);
    return answers;
  }

  [Symbol.dispose](): void {
    this.disposed = true;
  }
}

/** Images that are a function of their index. */
export function fakeSource(name: ImageSource['name'] = 'cifar10', size = 32): ImageSource {
  return {
    name,
    classes: 10,
    size: 4000,
    height: size,
    width: size,
    mean: [120, 120, 120],
    std: [60, 60, 60],
    fingerprint: 'fake-1',
    origin: 'made up',
    read: async (indices) =>
      indices.map((index) =>
        Uint8Array.from({ length: 3 * size * size }, (_, i) => (i * 37 + index * 101) % 251),
      ),
  };
}
