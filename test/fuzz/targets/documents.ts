import { readFileSync } from 'node:fs';
import { graphFromJson, graphToJson } from '@tenas/graph';
import { parseJsonText, readBatchRow, readDocument, readLatencyModel } from '@tenas/records';
import { getSpace } from '@tenas/spaces';
import { readAnswer, readJob } from '../../../packages/runner/src/queue/messages.js';
import { smallSize } from '../../support/small-size.js';
import { type FuzzTarget, jsonTarget } from '../target.js';

// The child runs in the repository's root, whatever file it is bundled into.
const fixture = (path: string): unknown => JSON.parse(readFileSync(`${process.cwd()}/${path}`, 'utf8'));
const FIXTURES = 'packages/records/test/fixtures/v1';
const SAMPLES = 'test/fuzz/samples';

const parsed = (text: string) => parseJsonText(text, 'x.json');

/** Readers of JSON. */
export const documentTargets: readonly FuzzTarget[] = [
  jsonTarget({
    name: 'record-v1',
    seeds: () =>
      ['score', 'search-edges', 'search-finals', 'search-interrupted'].map((name) =>
        fixture(`${FIXTURES}/${name}.json`),
      ),
    read: (text) => readDocument(parsed(text), 'x.json'),
  }),
  jsonTarget({
    name: 'record-v2',
    seeds: () =>
      ['search', 'search-pruned', 'score', 'train'].map((name) => fixture(`${SAMPLES}/${name}.json`)),
    read: (text) => readDocument(parsed(text), 'x.json'),
  }),
  jsonTarget({
    name: 'evaluation-document',
    seeds: () => [fixture(`${SAMPLES}/evaluation.json`)],
    read: (text) => readDocument(parsed(text), 'x.json'),
  }),
  jsonTarget({
    name: 'batch-row',
    seeds: () => [fixture(`${SAMPLES}/batch-row.json`)],
    read: (text) => readBatchRow(parsed(text), 'x.jsonl'),
  }),
  jsonTarget({
    name: 'latency-model',
    seeds: () => [fixture(`${SAMPLES}/latency-model.json`)],
    read: (text) => readLatencyModel(text, 'model.json'),
  }),
  jsonTarget({
    name: 'queue-job',
    seeds: () => [fixture(`${SAMPLES}/queue-job.json`)],
    read: (text) => readJob(parsed(text)),
  }),
  jsonTarget({
    name: 'queue-answer',
    seeds: () => [fixture(`${SAMPLES}/queue-answer.json`)],
    read: (text) => readAnswer(parsed(text)),
  }),
  jsonTarget({
    name: 'graph-json',
    seeds: () => ['nas-bench-201', 'mobilenet-v2'].map((name) => JSON.parse(graphToJson(smallNetwork(name)))),
    read: graphFromJson,
  }),
];

function smallNetwork(name: string) {
  const space = getSpace(name);
  const [architecture] = space.sample({ count: 1, seed: 1 });
  return space.network(architecture!, smallSize(space, 0));
}
