import { listMetrics } from '@tenas/metrics';
import { describe, expect, it } from 'vitest';
import { type CodeToken, codeTokens, placesThatSay } from './support/code-tokens.js';

/** Every metric, and the condition number of the kernel as version 0.1 called it. */
const names = [...listMetrics().map(({ name }) => name), 'kappa'];

/** Words of other things too, such as what a graph costs: only a whole literal is the metric. */
const ORDINARY: readonly string[] = ['params', 'macs', 'depth', 'plain', 'zen', 'near', 'swap'];

/** Where metrics are, the search that ranks by two of them, formats of version 0.1, and the engine, whose tasks they are. */
const OWNERS = [
  'packages/metrics/src/list/',
  'packages/search/src/prune/',
  'packages/records/src/v1/',
  'native/ts/',
];

/** Files elsewhere that must say a word that is also a metric's name, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'packages/metrics/src/evaluator/passes.ts': 'splits the time of a request by task of the engine',
  'packages/metrics/src/contract/made-answers.ts': 'makes up an answer to every task of the engine',
  'packages/cli/src/benchmark/evaluation-work.ts': 'counts what every task of the engine computes',
  'packages/cli/src/commands/check/fixture-tasks.ts':
    'fixtures of version 0.1 name the tasks that they expect',
  'packages/cli/src/commands/check/fixture-network.ts': 'fixtures call the size of their network so',
  'packages/evaluation/src/controls.ts': 'the counts that stand beside every judgement',
  'packages/latency/src/device-table.ts': 'columns of tables that are no devices',
  'packages/cli/src/commands/latency/list.ts': 'the counts that stand beside latencies',
  'packages/cli/src/commands/latency/predict.ts': 'the counts that stand beside latencies',
  'packages/search/src/constraints/read-constraint.ts': 'counts that constraints bound',
  'packages/search/src/hurricane/settings.ts': 'a count that the search bounds, as constraints do',
  'packages/search/src/systems.ts': 'lists published systems, and the flags that make a strategy one of them',
  'packages/data/src/training-batch.ts':
    'the name of a stream of random numbers: another one draws other batches',
  'packages/graph/src/structure.ts': 'a field of a graph, in an error',
  'packages/spaces/src/size-fields.ts': 'a field of a size, in an error',
  'packages/spaces/src/darts/size.ts': 'a field of a size',
  'packages/spaces/src/nas-bench-201/size.ts': 'a field of a size',
};

/** Words of a token, in lower case: of `ntkBatch`, `ntk-batch` and `NTK batch` they are `ntk` and `batch`. */
function wordsOf(token: string): string[] {
  const parted = token.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  return parted.toLowerCase().match(/[a-z\d]+/g) ?? [];
}

/** Whether the words of a token hold those of a name, which may be in the plural. */
function holds(token: string, name: string): boolean {
  const wanted = wordsOf(name).join(' ');
  return ` ${wordsOf(token).join(' ')} `.match(new RegExp(` ${wanted}s? `)) !== null;
}

/** Whether a token names a metric: as a whole literal or, where the name is no ordinary word, as a part of any token. */
function saysMetric({ kind, text }: CodeToken): boolean {
  return names.some((name) =>
    ORDINARY.includes(name) ? kind === 'literal' && text === name : holds(text, name),
  );
}

function isOwner(file: string): boolean {
  return OWNERS.some((owner) => file.startsWith(owner));
}

describe('names of metrics', () => {
  it('are said where metrics are, by the pruning search, the engine and formats of 0.1, and nowhere else', () => {
    expect(placesThatSay(saysMetric, (file) => !isOwner(file) && !(file in EXCEPTIONS))).toEqual([]);
  });

  it('are said in every file that is excepted, and each by its own', () => {
    const said = placesThatSay(saysMetric, (file) => file in EXCEPTIONS);
    for (const file of Object.keys(EXCEPTIONS)) {
      expect(
        said.some((place) => place.startsWith(`${file}:`)),
        file,
      ).toBe(true);
    }
    const own = placesThatSay(saysMetric, (file) => file.startsWith(OWNERS[0]!));
    for (const { name } of listMetrics()) expect(own.some((place) => place.endsWith(` ${name}`))).toBe(true);
  });

  it.each([
    ["import { naswot } from 'x';", 'naswot'],
    ['export const ntkBatch = 1;', 'ntkBatch'],
    ['class A { #synflow = 1; }', '#synflow'],
    ["f(scores['zico']);", 'zico'],
    ['f(scores.snip, kappas);', 'snip,kappas'],
    ['f(`NTK and linear regions`);', 'NTK and linear regions'],
    ["if (metric === 'params') f(graph.params, 'no params');", 'params'],
    ["// ntk in a comment\nf(snippet, region, macsOnImage, 'macs of all');", ''],
  ])('are found in %j', (source, found) => {
    const said = codeTokens(source).filter(saysMetric);
    expect(said.map(({ text }) => text).join()).toBe(found);
  });
});
