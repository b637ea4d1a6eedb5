/**
 * What coordinators and workers of a queue say to each other: `@tenas/runner/queue-protocol`. For programs that stand in
 * for one side, as the benchmark of the coordinator does.
 * @packageDocumentation
 */

export { resultsVersion } from '../tasks.js';
export { readJob, type StoredMember, signedPart, type WireJob, type WireResult } from './messages.js';
export { parseRedisUrl } from './redis-url.js';
export { QueueSigner } from './signing.js';
export { BEAT, PREFIX, QUEUES, WORK_KINDS, type WorkKind } from './wire.js';
