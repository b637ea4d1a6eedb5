import { readInput, TenasError } from '@tenas/base';

/** The bytes of an ONNX file. @throws TenasError ONNX_UNREADABLE */
export async function readModelFile(path: string): Promise<Uint8Array> {
  try {
    return await readInput(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TenasError('ONNX_UNREADABLE', `${path} can't be read: ${reason}`, {
      field: 'model',
      value: path,
      cause,
    });
  }
}
