// Tries the readers with damaged inputs: npm run fuzz -- [--target NAME ...] [--count N] [--seed S] [--first N] [--jobs N].
// Each must end in a value or a coded error, in bounded time and memory. An input that does not is made small and kept
// in test/fuzz/corpus/NAME, where a test reads it from then on.
import { runTestCommand } from './test-command.mjs';

await runTestCommand('fuzz');
