import { type Device, nativeInfo } from '@tenas/native';

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
 * The native engine on this machine, evaluating on a device.
 * @param device default `auto`
 * @throws NativeError `ADDON_MISSING` saying how to build it
 */
export function engineInfo(device: Device = 'auto'): EngineInfo {
  const { version, isa, cuda } = nativeInfo();
  return {
    name: 'tenas-native',
    version,
    isa,
    device: device !== 'cpu' && cuda.available ? cuda.device : 'cpu',
  };
}
