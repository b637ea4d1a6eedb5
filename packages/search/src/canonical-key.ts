import type { Space } from '@tenas/spaces';

/** A text that architectures of one network share, as far as the space knows. */
export function canonicalKey(
  { isomorphism, format }: Pick<Space, 'format' | 'isomorphism'>,
  architecture: object,
): string {
  return isomorphism?.key(architecture) ?? format(architecture);
}
