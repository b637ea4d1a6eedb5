import { TenasError } from '@tenas/base';
import type { Space } from '@tenas/spaces';

/** Whether a text is an architecture of the space. */
export function canRead(space: Space, text: string): boolean {
  try {
    space.parse(text);
    return true;
  } catch (error) {
    if (!(error instanceof TenasError)) throw error;
    return false;
  }
}
