import { TenasError } from '@tenas/base';

/**
 * The architecture itself, once it is known to belong to the space: a space found by name takes any by type.
 *
 * @throws TenasError `ARCHITECTURE_INVALID` if it belongs to another space or is none.
 */
export function ownArchitecture<A extends { readonly space: string }>(space: A['space'], architecture: A): A {
  const given: unknown = architecture?.space;
  if (given !== space) {
    throw new TenasError(
      'ARCHITECTURE_INVALID',
      `the architecture must be one of ${space}, got one of ${String(given)}`,
      {
        field: 'architecture.space',
        value: given,
      },
    );
  }
  return architecture;
}
