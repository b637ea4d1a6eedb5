// Trains one network of the table for some steps, in a process of its own whose memory is measured.
import { compileSubject } from '@tenas/cli';
import { trainingCases } from './training-cases.js';
import { TrainingSteps } from './training-steps.js';

const [name, threads] = process.argv.slice(2);
const one = trainingCases().find((each) => each.name === name);
if (one === undefined) throw new Error(`no training case is called ${name}`);
using program = compileSubject(one.subject);
await using steps = new TrainingSteps(program, one.subject, { seed: 1, threads: Number(threads) });
await steps.run(3);
