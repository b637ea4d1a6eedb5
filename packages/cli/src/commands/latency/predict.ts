import { TenasError } from '@tenas/base';
import { type LatencyModel, predictedLatency, readLatencyModel, requireLatencyModel } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenArchitecture } from '../../given-architecture.js';
import { inputText } from '../../input-text.js';
import { type Io, printResult } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { tableText } from '../../table-text.js';
import { type Listed, listedArchitectures } from './listed.js';
import type { Given } from './options.js';
import { msText } from './setup.js';

/** Predicts the latencies of an architecture, or of those of `--list`, by the model of `--model`. */
export async function predict(given: Given, path: string, json: boolean, io: Io): Promise<ExitCode> {
  const model = readLatencyModel(await inputText('--model', path, io.signal), path);
  requireSameRuns(model, given);
  const { space, listed } = await architecturesOf(given, io);
  requireLatencyModel(model, { space: space.name, decisions: space.decisions, device: given.device });
  const predictions = listed.map(({ architecture, text }) => ({
    architecture: text,
    predicted: predictedLatency(model, space.choicesOf(architecture)),
  }));
  const { device, check } = model;
  const document = {
    kind: 'latency-predictions' as const,
    ...{ space: space.name, unit: 'ms' as const, device, model: path, check },
    ...(given.list === undefined ? predictions[0] : { networks: predictions }),
  };
  printResult(io, json, document, () =>
    [
      tableText(
        [
          ['architecture', 'predicted'],
          ...predictions.map((one) => [one.architecture, msText(one.predicted)]),
        ],
        [0],
      ),
      '',
      `device  ${device}`,
      ...(check === null ? [] : [`error   ${checkText(check)}`]),
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

async function architecturesOf(
  given: Given,
  io: Io,
): Promise<{ readonly space: Space; readonly listed: readonly Listed[] }> {
  const plugIns = new PlugIns();
  if (given.list !== undefined) {
    const space = await plugIns.space(given.space!);
    return { space, listed: await listedArchitectures(given.list, space, io.signal) };
  }
  const { space, architecture } = await givenArchitecture(given, plugIns, io.signal);
  return { space, listed: [{ architecture, text: space.format(architecture) }] };
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
