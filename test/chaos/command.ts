import { existsSync } from 'node:fs';
import { readFlags, refuse, wholeNumber } from '../support/command-flags.js';
import { chaos, targetAbsent } from './chaos.js';
import { FAULTS, TARGETS, type Tally, type Target } from './tally.js';

/** Faults of a round that are printed. */
const MOST_SHOWN = 5;

const values = readFlags({
  name: 'chaos',
  summary:
    'Ends processes at any moment, starts them again, and compares what comes of it with an undisturbed run.',
  flags: {
    target: {
      ...{ type: 'string', multiple: true, default: [], value: 'NAME' },
      help: `who is attacked: ${TARGETS.join(', ')}; default: all`,
    },
    kills: { type: 'string', default: '100', value: 'N', help: 'processes to end, of all targets' },
    seed: { type: 'string', default: '0', value: 'N', help: 'chooses the attacks' },
    jobs: { type: 'string', default: '1', value: 'N', help: 'targets attacked at the same time' },
    json: { type: 'boolean', default: false, help: 'print one JSON document' },
  },
});
const kills = wholeNumber('kills', values.kills, 1);
const seed = wholeNumber('seed', values.seed, 0);
const jobs = wholeNumber('jobs', values.jobs, 1);
const chosen: readonly Target[] =
  values.target.length === 0
    ? TARGETS
    : values.target.map(
        (name) =>
          TARGETS.find((target) => target === name) ??
          refuse(`--target: no target ${JSON.stringify(name)}; there are ${TARGETS.join(', ')}`),
      );
if (!existsSync('packages/cli/dist/main.js')) refuse('the command is not built: run `npm run setup`');
for (const target of chosen) {
  const reason = targetAbsent(target);
  if (reason !== null) refuse(`--target ${target}: ${reason}`);
}

const waiting = [...chosen];
const tallies: Tally[] = [];
const each = Math.ceil(kills / chosen.length);
const started = performance.now();
const stop = new AbortController();
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(130);
  console.error('ends after the rounds at hand');
  stop.abort();
});

function onRound(tally: Tally): void {
  console.error(
    `${tally.target}: ${tally.kills} of ${each} kills, ${tally.others} other disturbances, ${tally.faulty} faults`,
  );
  const recent = tally.problems.slice(shown.get(tally.target) ?? 0);
  for (const problem of recent.slice(0, MOST_SHOWN)) console.error(`  ${problem}`);
  if (recent.length > MOST_SHOWN) console.error(`  and ${recent.length - MOST_SHOWN} more`);
  shown.set(tally.target, tally.problems.length);
}
const shown = new Map<Target, number>();

async function work(): Promise<void> {
  for (let target = waiting.shift(); target !== undefined; target = waiting.shift())
    tallies.push(await chaos({ target, kills: each, seed, onRound, signal: stop.signal }));
}

function table(): string {
  const heads = ['target', 'rounds', 'kills', 'others', 'resumes', ...FAULTS, 'writes'];
  const rows = tallies.map(({ target, rounds, kills: made, others, resumes, faults, writes }) => [
    target,
    ...[rounds, made, others, resumes, ...FAULTS.map((fault) => faults[fault])].map(String),
    Object.entries(writes)
      .map(([where, { reached, of }]) => `${reached} of ${of} to ${where}`)
      .join(', '),
  ]);
  const widths = heads.map((head, index) => Math.max(head.length, ...rows.map((row) => row[index]!.length)));
  return [heads, ...rows]
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

await Promise.all(Array.from({ length: jobs }, work));
const seconds = (performance.now() - started) / 1000;
const faults = tallies.reduce((sum, { faulty }) => sum + faulty, 0);
const made = tallies.reduce((sum, tally) => sum + tally.kills, 0);
if (values.json) console.log(JSON.stringify({ seed, kills: made, seconds, targets: tallies, faults }));
else {
  console.log(table());
  console.log(`${made} kills in ${(seconds / 60).toFixed(1)} min, seed ${seed}: ${faults} faults`);
}
if (faults > 0) {
  const targets = tallies.filter(({ faulty }) => faulty > 0).map(({ target }) => `--target ${target}`);
  console.error(`again: npm run chaos -- --kills ${kills} --seed ${seed} ${targets.join(' ')}`);
}
process.exitCode = faults > 0 ? 1 : 0;
