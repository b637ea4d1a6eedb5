import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { countsLine } from '../src/commands/batch/counts-line.js';

/** What `batch status --watch` shows of counts that are a second apart. */
function shown(
  counts: readonly string[],
  terminal: { readonly columns?: number } | null,
  quiet = false,
): string {
  vi.useFakeTimers({ now: new Date(2026, 0, 1, 9, 0, 0), toFake: ['performance', 'Date'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  let written = '';
  const err = (text: string) => {
    written += text;
  };
  {
    using line = countsLine({ err, quiet, terminal });
    for (const text of counts) {
      line.show(text);
      vi.advanceTimersByTime(1000);
    }
  }
  return written;
}

describe('the line of batch status --watch', () => {
  const counts = Array.from({ length: 12 }, (_, done) => `${done} done`);

  it('is drawn anew on a terminal, never wider than it, and deleted in the end', () => {
    const line = '\r\u001b[K';
    expect(shown(['1 done, 2 pending', '2 done, 1 pending'], { columns: 20 })).toBe(
      `${line}09:00:00  1 done, 2${line}09:00:01  2 done, 1${line}`,
    );
    expect(shown(['1 done, 2 pending'], {})).toContain('1 done, 2 pending');
  });

  it('is a line every ten seconds elsewhere', () => {
    expect(shown(counts, null)).toBe('09:00:00  0 done\n09:00:10  10 done\n');
  });

  it('is left out by --quiet', () => {
    expect(shown(counts, null, true)).toBe('');
  });
});
