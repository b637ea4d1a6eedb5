import { nativeInfo } from '@tenas/native';
import type { EngineOptions } from './engine-options.js';

/** The engine that evaluated something, for records. */
export interface EngineInfo {
  readonly name: string;
  readonly version: string;
  /** Instruction set that its kernels were chosen for. */
  readonly isa: string;
  /** `cpu`, or the CUDA device's name, compute capability and memory; absent from records of earlier versions. */
  readonly device?: string;
}

/**
 * The native engine on this machine, evaluating as the options say.
 * @throws NativeError `ADDON_MISSING` saying how to build it
 */
export function engineInfo({ engine, device, isa }: EngineOptions = {}): EngineInfo {
  const { version, isa: best, cuda } = nativeInfo();
  const onCpu = device === 'cpu' || engine === 'reference' || isa !== undefined || !cuda.available;
  return { name: 'tenas-native', version, isa: isa ?? best, device: onCpu ? 'cpu' : cuda.device };
}
