import { readFlags, refuse, wholeNumber } from '../support/command-flags.js';
import { scenarios } from './scenarios/index.js';
import { MOST_BYTES, MOST_GROWTH, type SoakResult, soak } from './soak.js';

const MEBIBYTE = 2 ** 20;
const names = scenarios.map(({ name }) => name);
const values = readFlags({
  name: 'soak',
  summary: 'Repeats each scenario in a process of its own, whose memory must not grow.',
  flags: {
    scenario: {
      ...{ type: 'string', multiple: true, default: [], value: 'NAME' },
      help: `what is repeated: ${names.join(', ')}; default: all`,
    },
    minutes: { type: 'string', default: '1', value: 'N', help: 'minutes per scenario' },
    jobs: {
      ...{ type: 'string', default: String(scenarios.length), value: 'N' },
      help: 'scenarios at the same time',
    },
    seed: { type: 'string', default: '0', value: 'N', help: 'chooses networks and moments' },
    json: { type: 'boolean', default: false, help: 'print one JSON document' },
  },
});
const minutes = wholeNumber('minutes', values.minutes, 1);
const seed = wholeNumber('seed', values.seed, 0);
const jobs = wholeNumber('jobs', values.jobs, 1);
const unknown = values.scenario.find((name) => !names.includes(name));
if (unknown !== undefined)
  refuse(`--scenario: no scenario ${JSON.stringify(unknown)}; there are ${names.join(', ')}`);

const chosen = scenarios.filter(({ name }) => values.scenario.length === 0 || values.scenario.includes(name));
const waiting = [...chosen];
const results: SoakResult[] = [];
const skipped: { readonly scenario: string; readonly reason: string }[] = [];
const stop = new AbortController();
process.on('SIGINT', () => {
  if (stop.signal.aborted) process.exit(130);
  console.error('ends; what was done is judged');
  stop.abort();
});

function line({ scenario, operations, seconds, growth, problems }: SoakResult): string {
  const { operations: unit } = scenarios.find(({ name }) => name === scenario)!;
  const parts = [`${scenario}: ${operations} ${unit} in ${(seconds / 60).toFixed(1)} min`];
  if (growth !== null) {
    const { from, to, bytes, perOperation, largestBytes } = growth;
    const mib = (value: number) => (value / MEBIBYTE).toFixed(1);
    parts.push(
      `${mib(from.bytes)} to ${mib(to.bytes)} MiB, slope ${mib(bytes)} MiB (${perOperation.toFixed(1)} bytes each), at most ${mib(largestBytes)} MiB`,
    );
  }
  return [parts.join('; '), ...problems.map((problem) => `  fault: ${problem}`)].join('\n');
}

async function work(): Promise<void> {
  for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
    if (stop.signal.aborted) return;
    const reason = scenario.absent?.() ?? null;
    if (reason !== null) {
      skipped.push({ scenario: scenario.name, reason });
      console.error(`${scenario.name}: skipped: ${reason}`);
      continue;
    }
    const limit = { kind: 'minutes', minutes } as const;
    const result = await soak({ scenario: scenario.name, seed, limit }, stop.signal);
    results.push(result);
    (values.json ? console.error : console.log)(line(result));
  }
}

await Promise.all(Array.from({ length: jobs }, work));
const faults = results.reduce((sum, { problems }) => sum + problems.length, 0);
const bounds = `bounds: ${MOST_GROWTH / MEBIBYTE} MiB of growth after the first third, ${MOST_BYTES / MEBIBYTE} MiB at any time`;
if (values.json)
  console.log(
    JSON.stringify({
      seed,
      minutes,
      mostGrowth: MOST_GROWTH,
      mostBytes: MOST_BYTES,
      results,
      skipped,
      faults,
    }),
  );
else console.log(`${results.length} scenarios, seed ${seed}; ${bounds}: ${faults} faults`);
process.exitCode = faults > 0 ? 1 : 0;
