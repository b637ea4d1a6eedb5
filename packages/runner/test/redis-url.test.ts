import { describe, expect, it } from 'vitest';
import { checkRedis } from '../src/queue/redis-connection.js';
import { parseRedisUrl } from '../src/queue/redis-url.js';

describe('the URL of a queue', () => {
  it('names server, database, user and password', () => {
    expect(parseRedisUrl('redis://host').address).toEqual({ host: 'host', port: 6379, db: 0 });
    expect(parseRedisUrl('rediss://me:a%2Fb@host:7000/3').address).toEqual({
      host: 'host',
      port: 7000,
      db: 3,
      username: 'me',
      password: 'a/b',
      tls: { servername: 'host' },
    });
    expect(parseRedisUrl('redis://[::1]:7000').address.host).toBe('::1');
  });

  it('is shown without its password, which is taken out of texts in both forms', () => {
    const { shown, scrub } = parseRedisUrl('redis://me:a%2Fb@host:7000/3');
    expect(shown).toBe('redis://host:7000/3');
    expect(scrub('AUTH me a/b, from redis://me:a%2Fb@host')).toBe('AUTH me ***, from redis://me:***@host');
    expect(parseRedisUrl('redis://host').scrub('as it is')).toBe('as it is');
  });

  it.each([
    'host:6379',
    'http://:secret@host',
    'redis://:secret@',
    'redis://:secret@host/x',
    'redis://:secret%@host',
    ':secret',
  ])('refuses %s without repeating it', (text) => {
    expect(() => parseRedisUrl(text)).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', field: '--queue' }),
    );
    expect(() => parseRedisUrl(text)).not.toThrow(/secret/);
  });

  it('of a server that does not answer is said to be', async () => {
    await expect(checkRedis(parseRedisUrl('redis://:secret@127.0.0.1:1'))).rejects.toMatchObject({
      code: 'QUEUE_UNREACHABLE',
      message: expect.stringContaining('redis://127.0.0.1:1 does not answer'),
    });
  });
});
