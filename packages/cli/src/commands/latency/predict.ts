import { ensureWritableTarget, plural, TenasError, writeOutputFile } from '@tenas/base';
import { checkPredictions, type DeviceTable, rankCorrelation } from '@tenas/latency';
import {
  csvText,
  isBelowRange,
  LATENCY_COLUMN,
  type LatencyCheck,
  type LatencyModel,
  type LatencyPredictions,
  predictedLatency,
  readLatencyModel,
  requireLatencyModel,
} from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenArchitecture } from '../../given-architecture.js';
import { inputText } from '../../input-text.js';
import { type Io, printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { tableText } from '../../table-text.js';
import { givenDeviceTable } from './list.js';
import { type Listed, listedArchitectures } from './listed.js';
import { sizedNetworks } from './network.js';
import type { Given } from './options.js';
import { msText } from './setup.js';

/** Predicts the latencies of an architecture, or of those of `--list`, by the model of `--model`. */
export async function predict(given: Given, path: string, json: boolean, io: Io): Promise<ExitCode> {
  const { out, force } = given;
  if (out !== undefined) await ensureWritableTarget(out, { force });
  const model = readLatencyModel(await inputText('--model', path, io.signal), path);
  requireSameRuns(model, given);
  const { space, listed, table } = await architecturesOf(given, io);
  requireLatencyModel(model, { space: space.name, decisions: space.decisions, device: given.device });
  const predictions = listed.map(({ architecture, text }) => ({
    architecture: text,
    predicted: predictedLatency(model, space.choicesOf(architecture)),
    belowRange: isBelowRange(model, space.choicesOf(architecture)),
  }));
  const { device, check } = model;
  const checks =
    table === null ? undefined : checksOf(predictions, table, sizedNetworks(space, given), listed);
  const document: LatencyPredictions = {
    kind: 'latency-predictions',
    ...{ space: space.name, unit: 'ms', device, model: path, check },
    ...(checks === undefined ? {} : { checks }),
    ...(given.list === undefined && table === null ? predictions[0]! : { networks: predictions }),
  };
  // A whole table is judged, and not shown.
  const judged = given.list === undefined && table !== null;
  const rows = predictions.map(({ architecture, predicted, belowRange }) => [
    architecture,
    belowRange ? `${msText(predicted)} or less` : msText(predicted),
  ]);
  if (out !== undefined) {
    const table = predictions.map(({ architecture, predicted }) => ({
      architecture,
      [LATENCY_COLUMN]: predicted,
    }));
    await writeOutputFile(out, csvText(['architecture', LATENCY_COLUMN], table), {
      force,
      signal: io.signal,
    });
  }
  const below = predictions.filter(({ belowRange }) => belowRange).length;
  printResult(io, json, document, () =>
    [
      ...(judged ? [] : [tableText([['architecture', 'predicted'], ...rows], [0]), '']),
      `device  ${device}`,
      ...(below === 0 ? [] : [`range   ${plural(below, 'network')} below all that the model was fitted on`]),
      ...(check === null ? [] : [`error   ${checkText(check)}`]),
      ...(out === undefined ? [] : [`table   ${out}`]),
      ...(checks === undefined ? [] : ['', checksText(checks)]),
    ].join('\n'),
  );
  return exitCodes.ok;
}

/** How well a model does on networks that it was not fitted on, for a person. */
export function checkText({ networks, spearman, relativeError }: NonNullable<LatencyModel['check']>): string {
  const { median, worst } = relativeError;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return `${percent(median)} in the median, ${percent(worst)} at worst, rank correlation ${spearman?.toFixed(3) ?? 'none'} on ${networks} other networks`;
}

/** Predictions beside the latencies of a device, and beside what counts alone says of them. */
interface DeviceCheck extends LatencyCheck {
  readonly column: string;
  /** Spearman's rank correlation of the latencies with parameters and with multiply-adds. */
  readonly counts: { readonly params: number | null; readonly macs: number | null };
}

/** How well predictions agree with each device of a table that has two of the networks. */
function checksOf(
  predictions: readonly { readonly architecture: string; readonly predicted: number }[],
  table: DeviceTable,
  networks: ReturnType<typeof sizedNetworks>,
  listed: readonly Listed[],
): DeviceCheck[] {
  const costs = listed.map(({ architecture }) => networks.cost(architecture));
  return table.devices.flatMap((column) => {
    const known = new Map(table.rows(column).map(({ text, ms }) => [text, ms]));
    const pairs = predictions.flatMap(({ architecture, predicted }, at) => {
      const measured = known.get(architecture);
      return measured === undefined ? [] : [{ predicted, measured, cost: costs[at]! }];
    });
    if (pairs.length < 2) return [];
    const latencies = pairs.map(({ measured }) => measured);
    const by = (count: 'params' | 'macs') =>
      rankCorrelation(
        pairs.map(({ cost }) => cost[count]!),
        latencies,
      );
    return [{ column, ...checkPredictions(pairs), counts: { params: by('params'), macs: by('macs') } }];
  });
}

function checksText(checks: readonly DeviceCheck[]): string {
  if (checks.length === 0) return 'no device of the table has two of these networks';
  const rows = checks.map(({ column, networks, spearman, relativeError, counts }) => [
    column,
    String(networks),
    ...[spearman, counts.params, counts.macs].map((rho) => rho?.toFixed(3) ?? 'none'),
    `${(100 * relativeError.median).toFixed(1)} %`,
  ]);
  return tableText(
    [['device', 'networks', 'rank correlation', 'of params', 'of macs', 'median error'], ...rows],
    [0],
  );
}

async function architecturesOf(
  given: Given,
  io: Io,
): Promise<{
  readonly space: Space;
  readonly listed: readonly Listed[];
  readonly table: DeviceTable | null;
}> {
  const plugIns = new PlugIns();
  if (given.list !== undefined) {
    const space = await plugIns.space(given.space!);
    const table = await givenDeviceTable(given, space, io);
    return { space, table, listed: await listedArchitectures(given.list, space, io.signal) };
  }
  if (given.deviceTable !== undefined) {
    const space = await plugIns.space(given.space!);
    const table = (await givenDeviceTable(given, space, io))!;
    const all = table.devices.flatMap((device) => table.rows(device));
    return { space, table, listed: [...new Map(all.map((row) => [row.text, row])).values()] };
  }
  const { space, architecture } = await givenArchitecture(given, plugIns, io.signal);
  return { space, table: null, listed: [{ architecture, text: space.format(architecture) }] };
}

/** Refuses flags that ask for other runs than those that the model was measured on. */
function requireSameRuns({ measured }: LatencyModel, given: Given): void {
  for (const name of ['batch', 'threads'] as const) {
    const wanted = given[name];
    if (wanted === undefined || wanted === measured?.[name]) continue;
    const found = measured === null ? 'a table that does not say it' : `${name} ${measured[name]}`;
    throw new TenasError(
      'LATENCY_MODEL_MISMATCH',
      `--${name}: got ${wanted}; the latency model is of ${found}`,
      {
        field: `--${name}`,
        value: wanted,
      },
    );
  }
}
