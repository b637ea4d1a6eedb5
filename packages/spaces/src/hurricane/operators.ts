/** What a layer does, but for its channels and stride. */
export type HurricaneOperator =
  | { readonly kind: 'separable'; readonly kernel: number; readonly excite: boolean }
  | {
      readonly kind: 'inverted';
      readonly expansion: number;
      readonly kernel: number;
      readonly excite: boolean;
    }
  | { readonly kind: 'shuffle'; readonly kernel: number; readonly excite: boolean }
  | { readonly kind: 'xception'; readonly excite: boolean };

const KERNELS = [3, 5, 7];
const EXPANSIONS = [1, 3, 6];

function pool(excite: boolean): [string, HurricaneOperator][] {
  const suffix = excite ? '_se' : '';
  return [
    ...KERNELS.map((kernel): [string, HurricaneOperator] => [
      `sep_k${kernel}${suffix}`,
      { kind: 'separable', kernel, excite },
    ]),
    ...EXPANSIONS.flatMap((expansion) =>
      KERNELS.map((kernel): [string, HurricaneOperator] => [
        `mb${expansion}_k${kernel}${suffix}`,
        { kind: 'inverted', expansion, kernel, excite },
      ]),
    ),
    ...KERNELS.map((kernel): [string, HurricaneOperator] => [
      `shuffle_k${kernel}${suffix}`,
      { kind: 'shuffle', kernel, excite },
    ]),
    [`xception${suffix}`, { kind: 'xception', excite }],
  ];
}

/** The 32 operators by name, those with squeeze-and-excitation (`_se`) last. */
export const HURRICANE_OPERATORS: ReadonlyMap<string, HurricaneOperator> = new Map([
  ...pool(false),
  ...pool(true),
]);
