import { compareCommand } from './compare-command.js';

try {
  process.exitCode = compareCommand(process.argv.slice(2), { out: console.log, err: console.error });
} catch (error) {
  console.error(`error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
