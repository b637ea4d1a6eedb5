import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { errnoOf, TenasError } from '@tenas/base';
import { shownName } from './onnx-node.js';
import type { ExternalPiece } from './stored-tensor.js';

/**
 * Reads the values of tensors that lie in files beside a model, for `ImportedNetwork.weights`. Files outside of the
 * model's folder are refused, also behind a link.
 *
 * @param model path of the ONNX file
 * @throws TenasError ONNX_UNREADABLE for a file that is missing, too short or no file
 */
export function externalReader(model: string): (piece: ExternalPiece) => Promise<Uint8Array> {
  const folder = dirname(model);
  return async ({ location, offset, length }) => {
    const path = join(folder, location);
    try {
      const [file, within] = [await realpath(path), await realpath(folder)];
      if (!file.startsWith(within.endsWith(sep) ? within : within + sep))
        throw unreadable(path, 'it does not lie beside the model');
      // Without O_NONBLOCK, opening a pipe waits for a writer. Windows has neither.
      await using opened = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      const found = await opened.stat();
      if (!found.isFile()) throw unreadable(path, 'it is no regular file');
      if (found.size < offset + length)
        throw unreadable(path, `it has ${found.size} bytes; the model reads up to ${offset + length}`);
      const bytes = new Uint8Array(length);
      const { bytesRead } = await opened.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw unreadable(path, `it ended after ${offset + bytesRead} bytes`);
      return bytes;
    } catch (cause) {
      if (cause instanceof TenasError) throw cause;
      if (errnoOf(cause) === 'ENOENT')
        throw unreadable(path, 'there is no such file; keep it beside the model', cause);
      throw unreadable(path, cause instanceof Error ? cause.message : String(cause), cause);
    }
  };
}

function unreadable(path: string, problem: string, cause?: unknown): TenasError {
  return new TenasError('ONNX_UNREADABLE', `the weights in ${shownName(path)} can't be read: ${problem}`, {
    field: 'model',
    value: path,
    cause,
  });
}
