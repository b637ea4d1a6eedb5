import { ensureWritableTarget, writeOutputFile } from '@tenas/base';
import {
  type DeviceTable,
  measureGraph,
  measureInTurn,
  rankCorrelation,
  readDeviceTable,
} from '@tenas/latency';
import { csvText, LATENCY_VERSION, type LatencyList } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenIndexTable } from '../../given-index-table.js';
import { inputText } from '../../input-text.js';
import { type Io, printResult, showProgress } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { tableText } from '../../table-text.js';
import { listedArchitectures } from './listed.js';
import { measureOptions } from './measure-options.js';
import { sizedNetworks } from './network.js';
import { type Given, LIST_ROUNDS } from './options.js';
import { beforeMeasuring, msText, setupText } from './setup.js';

type Network = LatencyList['networks'][number];

/** Measures the architectures of `--list`, and writes them as a device table where `--out` asks for it. */
export async function measureList(given: Given, path: string, json: boolean, io: Io): Promise<ExitCode> {
  const space = await new PlugIns().space(given.space!);
  const { out, force } = given;
  if (out !== undefined) await ensureWritableTarget(out, { force });
  const listed = await listedArchitectures(path, space, io.signal);
  const table = await givenDeviceTable(given, space, io);
  const networks = sizedNetworks(space, given);
  const graphs = listed.map(({ architecture }) => networks.of(architecture));
  const notes = beforeMeasuring(given, io);
  const rounds = given.rounds ?? LIST_ROUNDS;
  let setup: ReturnType<typeof notes.setup> | undefined;
  const latencies = await measureInTurn((place) => measureGraph(graphs[place]!, measureOptions(given, io)), {
    networks: graphs.length,
    rounds,
    onMeasured: ({ done, total, place, latency }) => {
      setup = notes.setup(latency);
      showProgress(io, `  ${done}/${total}, ${msText(latency.median)}, ${listed[place]!.text}\n`);
    },
  });
  const measured = listed.map(({ architecture, text }, place): Network => {
    const { runtimeVersion: _, memoryBytes: __, ...timing } = latencies[place]!;
    return { architecture: text, ...networks.cost(architecture), ...timing };
  });
  const [first] = graphs;
  const document: LatencyList = {
    kind: 'latency-list',
    latencyVersion: LATENCY_VERSION,
    space: space.name,
    unit: 'ms',
    network: { ...networks.size },
    input: first!.nodes[first!.input]!.shape,
    ...setup!,
    rounds,
    networks: measured,
    correlations: correlationsOf(measured, table),
    warnings: notes.warnings,
  };
  if (out !== undefined) {
    const rows = measured.map(({ architecture, median }) => ({ architecture, [notes.device]: median }));
    await writeOutputFile(out, csvText(['architecture', notes.device], rows), { force, signal: io.signal });
  }
  printResult(io, json, document, () => textOf(document, out));
  return exitCodes.ok;
}

/** The table of `--device-table`, if it is given. */
export async function givenDeviceTable(
  given: Given,
  space: Space,
  { signal }: Io,
): Promise<DeviceTable | null> {
  const { deviceTable: path, indexTable } = given;
  if (path === undefined) return null;
  const indices = await givenIndexTable(indexTable, space, signal);
  return readDeviceTable(await inputText('--device-table', path, signal), path, { space, indices });
}

/** With parameters, multiply-adds, and each device of a table, on the networks that it has. */
function correlationsOf(
  measured: readonly Network[],
  table: DeviceTable | null,
): LatencyList['correlations'] {
  const columns = (['params', 'macs'] as const).map((column) => ({
    column,
    values: new Map(measured.map((network) => [network.architecture, network[column]!])),
  }));
  const devices = (table?.devices ?? []).map((column) => ({
    column,
    values: new Map(table!.rows(column).map(({ text, ms }) => [text, ms])),
  }));
  return [...columns, ...devices].map(({ column, values }) => {
    const both = measured.flatMap(({ architecture, median }) => {
      const other = values.get(architecture);
      return other === undefined ? [] : [{ median, other }];
    });
    const spearman = rankCorrelation(
      both.map(({ median }) => median),
      both.map(({ other }) => other),
    );
    return { column, networks: both.length, spearman };
  });
}

function textOf(document: LatencyList, out: string | undefined): string {
  const rows = document.networks.map(({ architecture, median, p10, p90, runs, params, macs }) => [
    architecture,
    ...[median, p10, p90].map((ms) => ms.toPrecision(4)),
    String(runs),
    (params! / 1e6).toFixed(3),
    (macs! / 1e6).toFixed(2),
  ]);
  const correlations = document.correlations.map(({ column, networks, spearman }) => [
    column,
    String(networks),
    spearman === null ? 'none' : spearman.toFixed(3),
  ]);
  return [
    tableText([['architecture', 'median ms', 'p10', 'p90', 'runs', 'M params', 'M macs'], ...rows], [0]),
    '',
    tableText([['rank correlation with', 'networks', 'Spearman'], ...correlations], [0]),
    '',
    `device  ${setupText(document)}`,
    ...(out === undefined ? [] : [`table   ${out}`]),
  ].join('\n');
}
