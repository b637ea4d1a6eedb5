import { Backoffs } from 'bullmq';
import { describe, expect, it } from 'vitest';
import { retryPause } from '../src/failures.js';
import { jobOptions, RETRY_PAUSE, readableJobHash, strangeFields } from '../src/queue/job-hash.js';
import { Refusals } from '../src/queue/refusals.js';
import { isPassing, isServerTrouble, startError } from '../src/queue/server-errors.js';
import { QueueSigner } from '../src/queue/signing.js';

describe('the hash of a job', () => {
  const read = (fields: Record<string, string>) => {
    const flat = readableJobHash(Object.entries(fields).flat());
    return Object.fromEntries(
      Array.from({ length: flat.length / 2 }, (_, index) => [flat[2 * index], flat[2 * index + 1]]),
    );
  };

  it('keeps data, attempts and counts', () => {
    const opts = JSON.stringify({ attempts: 5, jobId: 'k' });
    expect(read({ data: '{"a":1}', opts, atm: '2', timestamp: '17' })).toEqual({
      name: 'job',
      data: '{"a":1}',
      opts: JSON.stringify(jobOptions(5)),
      atm: '2',
      timestamp: '17',
    });
  });

  it.each([
    ['a failure decided beforehand', { defa: 'no' }],
    ['a schedule', { rjk: 'repeat:x', parentKey: 'x', parent: '{' }],
    ['options that are none', { opts: '[[[' }],
    ['a script in its options', { opts: '{"attempts":1e9,"backoff":{"type":"x"},"repeat":{"every":1}}' }],
    ['counts that are none', { atm: 'x', stc: '-1', delay: 'Infinity', priority: '9'.repeat(30) }],
    ['progress and answers', { progress: '{', returnvalue: 'x', stacktrace: '{' }],
  ])('loses %s', (_, fields) => {
    expect(read({ data: '1', ...fields } as Record<string, string>)).toEqual({
      name: 'job',
      data: '1',
      opts: JSON.stringify(jobOptions(3)),
    });
  });

  it('is tried again after the pauses of a run without a queue, which do not grow for ever', () => {
    // BullMQ would double them; a spec may ask for 100 attempts.
    expect(jobOptions(100).backoff).toEqual({ type: RETRY_PAUSE });
    expect(Backoffs.builtinStrategies).not.toHaveProperty(RETRY_PAUSE);
    expect(retryPause(1)).toBe(500);
    expect(retryPause(99)).toBe(60_000);
  });

  it.each([
    ['no JSON', '{"a":', /not valid JSON/],
    ['nothing', '', /not valid JSON/],
    ['deep nesting', '['.repeat(500_000), /nested deeper/],
    ['very many keys', `{${Array.from({ length: 100_001 }, (_, key) => `"${key}":1`).join()}}`, /keys/],
    ['a very long text', `"${'x'.repeat(1 << 20)}"`, /characters/],
  ])('has a text instead of data that is %s', (_, data, problem) => {
    const { data: got } = read({ data });
    expect(JSON.parse(got!)).toMatch(problem);
    expect(got!.length).toBeLessThan(300);
  });

  it('is told apart from what BullMQ writes', () => {
    const ours = { name: 'n', data: '{', opts: '{"attempts":3,"jobId":"k"}', atm: '1', failedReason: 'x' };
    expect(strangeFields(Object.entries(ours).flat())).toBeNull();
    expect(strangeFields(Object.entries({ ...ours, parentKey: 'x', defa: 'y' }).flat())).toEqual({
      remove: ['parentKey', 'defa'],
    });
    expect(strangeFields(Object.entries({ ...ours, opts: '[{' }).flat())).toEqual({ remove: [] });
  });

  it('may be no list of fields at all', () => {
    expect(readableJobHash([]).slice(0, 4)).toEqual(['name', 'job', 'data', expect.any(String)]);
    expect(readableJobHash([null, [], 'data'])).toHaveLength(6);
  });
});

describe('signatures', () => {
  const secret = 'a'.repeat(32);
  const signer = new QueueSigner(secret);
  const body = { b: 1, a: [1, { c: 'ö' }] };
  const signature = signer.sign('job', ['key', 'turn'], body)!;

  it('hold for the same message in any order of its keys, and for nothing else', () => {
    expect(signer.problem('job', ['key', 'turn'], { a: [1, { c: 'ö' }], b: 1 }, signature)).toBeNull();
    expect(signature).toMatch(/^[0-9a-f]{64}$/);
    const wrong = /its signature is wrong/;
    expect(signer.problem('answer', ['key', 'turn'], body, signature)).toMatch(wrong);
    expect(signer.problem('job', ['other', 'turn'], body, signature)).toMatch(wrong);
    expect(signer.problem('job', ['key', 'later'], body, signature)).toMatch(wrong);
    expect(signer.problem('job', ['key', 'turn'], { ...body, b: 2 }, signature)).toMatch(wrong);
    expect(new QueueSigner('b'.repeat(32)).problem('job', ['key', 'turn'], body, signature)).toMatch(wrong);
    expect(signer.problem('job', ['key', 'turn'], body, undefined)).toMatch(/not signed/);
    for (const none of ['', 'x', signature.toUpperCase(), `${signature} `, 7, null, [signature]]) {
      expect(signer.problem('job', ['key', 'turn'], body, none)).toMatch(/is none/);
    }
  });

  it('are neither made nor asked for without a secret', () => {
    const unsigned = new QueueSigner(undefined);
    expect(unsigned.sign('job', [], body)).toBeUndefined();
    expect(unsigned.problem('job', [], body, undefined)).toBeNull();
    expect([unsigned.signs, signer.signs]).toEqual([false, true]);
  });

  it('need a secret of 32 characters, which no message shows', () => {
    for (const short of ['', 'hunter2', 'x'.repeat(31)]) {
      expect(() => new QueueSigner(short)).toThrow(
        expect.objectContaining({ code: 'OPTION_INVALID', field: 'TENAS_QUEUE_SECRET' }),
      );
    }
    expect(() => new QueueSigner('hunter2')).not.toThrow(/hunter2/);
    expect(JSON.stringify(signer)).not.toContain(secret);
  });
});

describe('errors of a server', () => {
  const server = { shown: 'redis://host', scrub: (text: string) => text.replaceAll('secret', '***') };
  const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

  it.each([
    ['NOAUTH Authentication required.', 'QUEUE_REFUSED', /user and password/],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'QUEUE_REFUSED', /check user/],
    ['ERR invalid password', 'QUEUE_REFUSED', /check user/],
    ["NOPERM this user has no permissions to run the 'eval' command", 'QUEUE_REFUSED', /tenas:\*/],
    [
      "READONLY You can't write against a read only replica.",
      'QUEUE_UNREACHABLE',
      /replica: name the master/,
    ],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'QUEUE_UNREACHABLE', /raise maxmemory/],
    ['MISCONF Redis is configured to save RDB snapshots', 'QUEUE_UNREACHABLE', /snapshots fail/],
    ['LOADING Redis is loading the dataset in memory', 'QUEUE_UNREACHABLE', /try again soon/],
    ['MASTERDOWN Link with MASTER is down', 'QUEUE_UNREACHABLE', /lost its master/],
    ['NOREPLICAS Not enough good replicas to write.', 'QUEUE_UNREACHABLE', /replicas/],
    [
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
      'QUEUE_UNREACHABLE',
      /became a replica/,
    ],
    ['DENIED Redis is running in protected mode because', 'QUEUE_UNREACHABLE', /give it a password/],
    ['CLUSTERDOWN Hash slot not served', 'QUEUE_UNREACHABLE', /no cluster/],
    ['MOVED 3999 127.0.0.1:6381', 'QUEUE_UNREACHABLE', /no cluster/],
    ["CROSSSLOT Keys in request don't hash to the same slot", 'QUEUE_UNREACHABLE', /no cluster/],
    ['BUSY Redis is busy running a script.', 'QUEUE_UNREACHABLE', /SCRIPT KILL/],
    ['NOSCRIPT No matching script.', 'QUEUE_UNREACHABLE', /loaded again/],
    ['EXECABORT Transaction discarded because of previous errors.', 'QUEUE_UNREACHABLE', /try again/],
    ['ERR max number of clients reached', 'QUEUE_UNREACHABLE', /maxclients/],
    ['ERR something new', 'QUEUE_UNREACHABLE', /something new/],
  ])('%s', (message, code, advice) => {
    const error = reply(message);
    expect(startError(error, server)).toMatchObject({
      code,
      field: '--queue',
      message: expect.stringMatching(advice),
    });
    expect(startError(error, server).message).toContain(message);
    expect(isServerTrouble(error)).toBe(true);
    expect(isPassing(error)).toBe(!message.includes('new'));
  });

  it('are found inside scripts and connections, and are not the errors of jobs', () => {
    expect(isServerTrouble(reply('ERR Error running script: @user_script:5: OOM command not allowed'))).toBe(
      true,
    );
    for (const message of [
      'Connection is closed.',
      'connect ECONNREFUSED 127.0.0.1:1',
      'Command timed out',
    ]) {
      expect(isServerTrouble(new Error(message)), message).toBe(true);
    }
    expect(isServerTrouble(Object.assign(new Error('gone'), { code: 'ECONNRESET' }))).toBe(true);
    expect(isServerTrouble(reply('WRONGTYPE Operation against a key'))).toBe(false);
    for (const ours of [new TypeError('x is not a function'), new Error('no image'), 'text', null]) {
      expect(isServerTrouble(ours)).toBe(false);
    }
    expect(startError(new Error('connect secret'), server).message).toBe(
      'redis://host does not answer: connect ***',
    );
  });
});

describe('refused messages', () => {
  it('are told once per kind, and counted', () => {
    const told: string[] = [];
    const refusals = new Refusals((message) => told.push(message));
    expect(refusals.summary()).toBeNull();
    for (let count = 0; count < 5; count++) refusals.add('job', `problem ${count}`);
    refusals.add('member', 'no member');
    expect(told).toEqual([
      'refused (job): problem 0; others of this kind are only counted',
      'refused (member): no member; others of this kind are only counted',
    ]);
    expect(refusals.summary()).toBe('refused messages of the queue: 5 job, 1 member');
  });
});
