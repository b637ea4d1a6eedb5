// Runs for a long time and watches the memory: npm run soak -- [--minutes N] [--scenario NAME ...] [--jobs N] [--seed S] [--json].
// Each scenario does the same thing over and over in a process of its own, whose resident size must not grow.
import { runTestCommand } from './test-command.mjs';

await runTestCommand('soak');
