import { RandomStream } from '@tenas/base';
import { describe, expect, it } from 'vitest';
import { ReplyLimiter } from '../src/queue/reply-limits.js';

const limits = { text: 40, reply: 100 };

/** What passes of bytes that arrive in pieces of at most so many. */
function passed(replies: string, size = 1 << 20): { readonly text: string; readonly cut: readonly string[] } {
  const cut: string[] = [];
  const limiter = new ReplyLimiter(limits, (what) => cut.push(what));
  const bytes = Buffer.from(replies);
  let text = '';
  for (let at = 0; at < bytes.length; at += size) {
    for (const piece of limiter.take(bytes.subarray(at, at + size))) text += piece.toString();
  }
  return { text, cut };
}

const text = (value: string) => `$${Buffer.byteLength(value)}\r\n${value}\r\n`;
const note = (bytes: number) => text(JSON.stringify(`left out: a text of ${bytes} bytes`));

describe('replies of a server', () => {
  it.each([
    ['a status', '+OK\r\n'],
    ['an error', '-ERR what\r\n'],
    ['a number', ':-12\r\n'],
    ['nothing', '$-1\r\n*-1\r\n*0\r\n$0\r\n\r\n'],
    ['a text with line ends', text('a\r\n$5\r\nb')],
    ['lists in lists', `*3\r\n*2\r\n${text('a')}:1\r\n*0\r\n${text('b')}`],
    ['several', `+OK\r\n${text('x'.repeat(40))}${text('y'.repeat(40))}${text('z'.repeat(40))}`],
  ])('pass as they are: %s', (_, replies) => {
    for (const size of [1, 2, 3, 7, 1000]) expect(passed(replies, size)).toEqual({ text: replies, cut: [] });
  });

  it('lose texts that are too long, and lists with too many elements or levels', () => {
    for (const size of [1, 5, 1 << 20]) {
      expect(passed(`${text('x'.repeat(41))}+OK\r\n`, size)).toEqual({
        text: `${note(41)}+OK\r\n`,
        cut: [expect.stringContaining('41 bytes; at most 40')],
      });
      const many = `*2\r\n*10001\r\n${':1\r\n'.repeat(10_001)}${text('b')}+OK\r\n`;
      expect(passed(many, size).text).toBe(`*2\r\n*0\r\n${text('b')}+OK\r\n`);
      const deep = `${'*1\r\n'.repeat(20)}${text('x'.repeat(60))}+OK\r\n`;
      expect(passed(deep, size).text).toBe(`${'*1\r\n'.repeat(8)}*0\r\n+OK\r\n`);
    }
  });

  it('lose what is beyond the limit of one reply, and the next reply has its own', () => {
    const long = text('x'.repeat(40));
    const { text: got } = passed(`*4\r\n${long.repeat(4)}${long}`);
    expect(got).toBe(`*4\r\n${long.repeat(2)}${note(40).repeat(2)}${long}`);
  });

  it('are never kept while they arrive', () => {
    const limiter = new ReplyLimiter(limits, () => {});
    const chunk = Buffer.alloc(1 << 20, 'x');
    expect(limiter.take(Buffer.from('$209715200\r\n')).join('')).toBe(note(209_715_200));
    for (let count = 0; count < 200; count++) expect(limiter.take(chunk)).toEqual([]);
    expect(limiter.take(Buffer.from('\r\n+OK\r\n')).join('')).toBe('+OK\r\n');
  });

  it('are refused where they are not of Redis', () => {
    for (const strange of [
      'HTTP/1.1 400\r\n',
      '$x\r\n',
      '$-5\r\n',
      '*1e9\r\n',
      '%1\r\n',
      '+'.padEnd(70_000),
    ]) {
      expect(() => passed(strange)).toThrow(expect.objectContaining({ code: 'QUEUE_UNREACHABLE' }));
    }
  });

  it.each(['$99999999999\r\n', '*2147483647\r\n', '*2\r\n:1\r\n*999999999999999\r\n'])(
    'are refused where no server can send them in full: %j',
    (reply) => {
      expect(() => passed(reply)).toThrow(expect.objectContaining({ code: 'QUEUE_UNREACHABLE' }));
    },
  );

  it('stay whole replies, whatever arrives and however it is cut', () => {
    const random = new RandomStream(7);
    const reply = (depth: number): string => {
      const kind = random.below(depth > 5 ? 3 : 5);
      if (kind === 0) return ':7\r\n';
      if (kind < 3) return text('x'.repeat(random.below(80)));
      return `*${3}\r\n${reply(depth + 1)}${reply(depth + 1)}${reply(depth + 1)}`;
    };
    for (let count = 0; count < 200; count++) {
      const replies = reply(0);
      const whole = passed(replies).text;
      expect(passed(replies, 1 + random.below(20)).text).toBe(whole);
      // What was cut once is within the limits but for the notes: it has the same elements.
      expect(whole.split('*3\r\n').length).toBe(replies.split('*3\r\n').length);
    }
  });
});
