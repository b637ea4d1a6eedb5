/** The flags of the fields of a network's size that spaces name in their errors. */
export const sizeFlagOf = {
  numClasses: '--classes',
  C: '--channels',
  N: '--cells',
  inputShape: '--input-size',
};

/** What a command line says of the size of a network. */
export interface GivenSize {
  readonly classes?: number | undefined;
  readonly channels?: number | undefined;
  readonly cells?: number | undefined;
  readonly inputSize?: number | undefined;
}

/** The size with what was asked for. A space refuses what it has not: not every one has channels or numbers of cells. */
export function networkSize({ classes, channels, cells, inputSize }: GivenSize, base: object): object {
  return {
    ...base,
    ...(classes === undefined ? {} : { numClasses: classes }),
    ...(channels === undefined ? {} : { C: channels }),
    ...(cells === undefined ? {} : { N: cells }),
    ...(inputSize === undefined ? {} : { inputShape: [3, inputSize, inputSize] as const }),
  };
}
