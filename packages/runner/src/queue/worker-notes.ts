import type { RedisServer } from './redis-url.js';
import type { LivingMember } from './wire.js';

/** Why no worker takes the jobs of a coordinator; null: one does. */
export function missingWorkers(
  workers: readonly LivingMember[],
  {
    version,
    signs,
    server,
  }: { readonly version: string; readonly signs: boolean; readonly server: RedisServer },
): string | null {
  const ofVersion = workers.filter((worker) => worker.version === version);
  // Those that do not sign are not among them where there is a secret.
  if (ofVersion.some((worker) => signs || !worker.signs)) return null;
  const [signing] = ofVersion;
  if (signing !== undefined) {
    return `no worker takes jobs that are not signed: ${signing.name} has a secret; set the same TENAS_QUEUE_SECRET here`;
  }
  const [other] = workers;
  return other === undefined
    ? `no worker yet; start some with \`tenas worker --queue ${server.shown}\``
    : `no worker of this version (${version}); ${other.name} is ${other.version} and will be refused`;
}
