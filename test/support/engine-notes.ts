import { Program } from '@tenas/native';
import { onTestFinished, vi } from 'vitest';

/** Until the test ends, every evaluation comes with notes, as where `auto` does not use the CUDA device that there is. */
export function engineNotes(...notes: readonly string[]): void {
  const { evaluate } = Program.prototype;
  const spy = vi.spyOn(Program.prototype, 'evaluate');
  spy.mockImplementation(async function (this: Program, options) {
    return { ...(await evaluate.call(this, options)), notes };
  });
  onTestFinished(() => spy.mockRestore());
}
