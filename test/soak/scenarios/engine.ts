import { setTimeout as sleep } from 'node:timers/promises';
import { Program } from '@tenas/native';
import { type Scenario, unlessStopped } from '../scenario.js';
import { requestOf, smallNetwork } from '../small-network.js';

const PER_TURN = 50;
/** Candidates of a request that is to be stopped: it takes longer than it is given. */
const LONG = 2000;

/** One program evaluates all tasks in turn, one candidate or some at a time. */
export const evaluations: Scenario = {
  name: 'evaluations',
  operations: 'evaluations',
  async *run({ random }) {
    using program = Program.compile(smallNetwork());
    for (let number = 0; ; ) {
      let made = 0;
      for (let turn = 0; turn < PER_TURN; turn++) {
        const candidates = 1 + random.below(4);
        const { evaluations: answers } = await program.evaluate(requestOf(number++, candidates));
        made += answers.length;
      }
      yield made;
    }
  },
};

/** Networks are compiled and evaluated; some are disposed of, the garbage collector finds the others. */
export const programs: Scenario = {
  name: 'programs',
  operations: 'programs',
  async *run({ random }) {
    for (let number = 0; ; number++) {
      const program = Program.compile(smallNetwork(1 + random.below(8)));
      await program.evaluate(requestOf(number, 1));
      if (random.below(2) === 0) program[Symbol.dispose]();
      yield 1;
    }
  },
};

/** Evaluations are cancelled at any moment. */
export const cancellations: Scenario = {
  name: 'cancellations',
  operations: 'cancellations',
  async *run({ random }) {
    using program = Program.compile(smallNetwork());
    for (let number = 0; ; number++) {
      const stop = new AbortController();
      const call = unlessStopped(
        program.evaluate({ ...requestOf(number, LONG), signal: stop.signal, onProgress: () => {} }),
      );
      if (random.below(4) > 0) await sleep(random.below(4));
      stop.abort();
      await call;
      yield 1;
    }
  },
};

/** Programs are disposed of during their evaluations, which end or say so. */
export const disposals: Scenario = {
  name: 'disposals',
  operations: 'disposals',
  async *run({ random }) {
    for (let number = 0; ; number++) {
      const program = Program.compile(smallNetwork(1 + random.below(8)));
      const calls = Array.from({ length: 1 + random.below(3) }, (_, index) =>
        unlessStopped(program.evaluate(requestOf(number + index, 20))),
      );
      if (random.below(2) > 0) await sleep(random.below(3));
      program[Symbol.dispose]();
      await Promise.all(calls);
      yield 1;
    }
  },
};
