// Ends processes at any moment: npm run chaos -- [--kills N] [--target runner|worker|coordinator|redis|trainer ...] [--seed S] [--jobs N] [--json].
// Batches, queues and trainings are killed by signals and at their writes, and go on; what comes of it must be what
// comes of it undisturbed. Needs the built command.
import { runTestCommand } from './test-command.mjs';

await runTestCommand('chaos');
