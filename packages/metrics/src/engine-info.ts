import { nativeInfo } from '@tenas/native';

/** The engine that evaluated something, for records. */
export interface EngineInfo {
  readonly name: string;
  readonly version: string;
  /** Instruction set that its kernels were chosen for. */
  readonly isa: string;
}

/** The native engine on this machine. @throws NativeError `ADDON_MISSING` saying how to build it. */
export function engineInfo(): EngineInfo {
  const { version, isa } = nativeInfo();
  return { name: 'tenas-native', version, isa };
}
