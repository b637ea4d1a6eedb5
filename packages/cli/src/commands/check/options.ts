import { oneOf, text } from '../../flag-values.js';
import { flag, restArguments } from '../../flags.js';
import { usage } from '../../invocation.js';
import { deviceFlag, threadsFlag } from '../../shared-flags.js';

/** How `tenas check` is used. */
export const checkUsage = usage({
  positionals: { files: restArguments('safetensors fixtures', text('a file')) },
  flags: {
    engine: flag(
      '<name>',
      'fast (SIMD, float32) or reference (plain loops, float64)',
      oneOf(['fast', 'reference']).default('fast'),
    ),
    threads: threadsFlag('worker threads (default: all)'),
    device: deviceFlag,
  },
  examples: [
    'tenas check golden/*.safetensors',
    'tenas check golden/nb201-arch-mixed.safetensors --engine reference --json',
  ],
});
