import { ensureWritableTarget, writeOutputFile } from '@tenas/base';
import {
  architecturesToMeasure,
  buildLatencyModel,
  defaultNetworks,
  measureGraph,
  measureInTurn,
  readDeviceTable,
} from '@tenas/latency';
import type { LatencyModel } from '@tenas/records';
import type { Space } from '@tenas/spaces';
import { type ExitCode, exitCodes } from '../../exit-codes.js';
import { givenIndexTable } from '../../given-index-table.js';
import { inputText } from '../../input-text.js';
import type { Invocation } from '../../invocation.js';
import { type Io, printResult, showProgress } from '../../io.js';
import { PlugIns } from '../../plug-ins.js';
import { measureOptions } from './measure-options.js';
import { sizedNetworks } from './network.js';
import type { latencyTableUsage, TableGiven } from './options.js';
import { checkText } from './predict.js';
import { beforeMeasuring, msText, setupText } from './setup.js';

/** `tenas latency table`: a model that predicts latencies of a space, measured here or of a device table. */
export async function latencyTable({
  given,
  json,
  io,
}: Invocation<typeof latencyTableUsage>): Promise<ExitCode> {
  const { out, force } = given;
  await ensureWritableTarget(out, { force });
  const space = await new PlugIns().space(given.space);
  const { deviceTable } = given;
  const model =
    deviceTable === undefined
      ? await measured(given, space, io)
      : await ofTable(given, deviceTable, space, io);
  await writeOutputFile(out, `${JSON.stringify(model, null, 2)}\n`, { force, signal: io.signal });
  printResult(io, json, { ...model, out }, () => textOf(model, out));
  return exitCodes.ok;
}

async function ofTable(given: TableGiven, path: string, space: Space, { signal }: Io): Promise<LatencyModel> {
  const indices = await givenIndexTable(given.indexTable, space, signal);
  const table = readDeviceTable(await inputText('--device-table', path, signal), path, { space, indices });
  const column = table.column(given.device);
  return buildLatencyModel(space, table.rows(column), {
    source: { table: { file: path, column } },
    device: column,
    networks: given.networks,
    seed: given.seed,
  });
}

/** A line of progress at most this often. */
const LINE_INTERVAL = 10_000;

async function measured(given: TableGiven, space: Space, io: Io): Promise<LatencyModel> {
  const sized = sizedNetworks(space, given);
  const networks = given.networks ?? defaultNetworks(space);
  const drawn = architecturesToMeasure(space, networks + given.check, given.seed);
  // Of a small space, four in five are for the model.
  const fitted = Math.min(networks, Math.round(drawn.length * 0.8));
  const notes = beforeMeasuring(given, io);
  showProgress(
    io,
    `measuring ${drawn.length} networks of ${space.name}: ${fitted} for the model, the others to check it\n`,
  );
  let setup: ReturnType<typeof notes.setup> | undefined;
  let lastLine = performance.now();
  const latencies = await measureInTurn(
    (place) => measureGraph(sized.of(drawn[place]!), measureOptions(given, io)),
    {
      networks: drawn.length,
      rounds: given.rounds,
      onMeasured: ({ done, total, latency }) => {
        setup = notes.setup(latency);
        if (performance.now() - lastLine < LINE_INTERVAL) return;
        lastLine = performance.now();
        showProgress(io, `  ${done} of ${total} measurements, the last ${msText(latency.median)}\n`);
      },
    },
  );
  const rows = drawn.map((architecture, place) => ({ architecture, ms: latencies[place]!.median }));
  return buildLatencyModel(space, rows, {
    source: { measured: setup!, size: sized.size },
    device: notes.device,
    networks: fitted,
    seed: given.seed,
    warnings: notes.warnings,
  });
}

function textOf(model: LatencyModel, out: string): string {
  const { space, device, fixed, fit, check, measured, table } = model;
  const left =
    fit.disconnected === 0 ? '' : `; ${fit.disconnected} without a path from input to output left out`;
  const unseen =
    fit.unseen === 0 ? [] : [`unseen   ${fit.unseen} choices are in none of them: what they cost decides`];
  return [
    `model    ${space} on ${device}: ${msText(fixed)} and a number for each choice`,
    `fitted   on ${fit.networks} networks${left}`,
    ...unseen,
    ...(check === null ? [] : [`error    ${checkText(check)}`]),
    `from     ${measured === null ? `${table?.file}, column ${table?.column}` : setupText(measured)}`,
    `file     ${out}`,
  ].join('\n');
}
