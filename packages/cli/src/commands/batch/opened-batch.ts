import { TenasError } from '@tenas/base';
import { StoreReader } from '@tenas/runner';
import { getSpace } from '@tenas/spaces';
import { givenLatencyModel } from '../../latency-model.js';
import { PlugIns } from '../../plug-ins.js';

/**
 * Reads a batch with the spaces and the model of latencies that are given.
 *
 * @throws TenasError of the store, of a space or of the model; `PLUG_IN_CHANGED`
 */
export async function readerOf(given: {
  readonly folder: string;
  readonly space: readonly string[];
  readonly latencyModel?: string | undefined;
}): Promise<StoreReader> {
  const plugIns = new PlugIns();
  for (const path of given.space) await plugIns.space(path);
  const reader = new StoreReader(given.folder);
  try {
    reader.checkPlugIns(plugIns.recorded());
    await predictRowLatencies(reader, given.latencyModel);
    return reader;
  } catch (error) {
    reader[Symbol.dispose]();
    throw error;
  }
}

/** Why a model is tried on the next space of a batch. */
const OTHER_SPACE: readonly string[] = ['LATENCY_MODEL_MISMATCH', 'UNKNOWN_SPACE'];

/**
 * Gives the rows of a batch the latencies that the file of `--latency-model` predicts; rows of other spaces have none.
 *
 * @param file undefined: nothing is predicted
 * @throws TenasError as {@link givenLatencyModel}, where the model is of no space of the batch
 */
async function predictRowLatencies(reader: StoreReader, file: string | undefined): Promise<void> {
  if (file === undefined) return;
  let refusal: unknown;
  for (const name of new Set(reader.tasks().map(({ space }) => space))) {
    try {
      const space = getSpace(name);
      const predict = await givenLatencyModel(file, space);
      reader.predictLatencies((task, architecture) =>
        task.space === name ? (predict?.(space.parse(architecture)).value ?? null) : null,
      );
      return;
    } catch (error) {
      if (!(error instanceof TenasError && OTHER_SPACE.includes(error.code))) throw error;
      refusal ??= error;
    }
  }
  if (refusal !== undefined) throw refusal;
}
