import { TenasError } from '@tenas/base';
import type { Choices, Space } from '@tenas/spaces';

/** The architecture of some choices, or null where the space has none: a cell may have too many edges. */
export function chosenArchitecture(space: Space, choices: Choices): object | null {
  try {
    return space.fromChoices(choices);
  } catch (error) {
    if (error instanceof TenasError && error.code === 'CHOICES_INVALID') return null;
    throw error;
  }
}
