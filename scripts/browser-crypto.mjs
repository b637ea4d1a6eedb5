// Of `node:crypto`, what searches in a browser use: MD5 of texts, by which NAS-Bench-101 names its cells. Browsers have no MD5.
import { md5 } from '@noble/hashes/legacy';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils';

/** @param {string} algorithm */
export function createHash(algorithm) {
  if (algorithm !== 'md5') throw new Error(`${algorithm} is not in a browser: use the command`);
  const hash = md5.create();
  return {
    /** @param {string} text */
    update(text) {
      hash.update(utf8ToBytes(text));
      return this;
    },
    /** Hexadecimal, which is all that is asked for. */
    digest: () => bytesToHex(hash.digest()),
  };
}
