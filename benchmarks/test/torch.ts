import { execFileSync } from 'node:child_process';
import { PYTHON } from '../src/peer-process.js';

/** Whether the peer's interpreter has no PyTorch: tests of it are then skipped. */
export function torchMissing(): boolean {
  try {
    execFileSync(PYTHON, ['-c', 'import torch'], { stdio: 'ignore' });
    return false;
  } catch {
    return true;
  }
}
