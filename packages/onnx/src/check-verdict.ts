import { compareLogits, logitSpread } from './compare-logits.js';

/** The outputs of one batch on both sides, row-major. */
export interface BatchOutcome {
  readonly batch: number;
  readonly inputs: Float32Array;
  /** Shape of the output in onnxruntime. */
  readonly shape: readonly number[];
  readonly actual: Float32Array;
  readonly reference: Float32Array;
}

/** Largest differences of a logit from a forward pass in double precision, on the smallest batch. */
export interface FromDouble {
  readonly onnxruntime: number;
  /** Our own pass, which the check compares with. */
  readonly reference: number;
}

/** Measurements of a check whose difference is above the tolerance. */
export interface Rounding extends Pick<Verdict, 'fromDouble'> {
  readonly roundingSensitivity: number;
}

/** The numbers of a check and what follows from them. */
export interface Verdict {
  /** All values are finite, all shapes are right and no difference is above `allowed`. */
  readonly ok: boolean;
  /** The problem, or null if `ok`. */
  readonly failure: string | null;
  /** Largest absolute difference of a logit; Infinity (null in JSON) if a value is not finite. */
  readonly maxAbsDiff: number;
  /** `maxAbsDiff` over the largest absolute logit of the reference. */
  readonly relativeDiff: number;
  readonly tolerance: number;
  /** The difference that was allowed: `tolerance * max(1, maxAbsLogit)`, or more where rounding alone makes more. */
  readonly allowed: number;
  /**
   * How far our own logits move when every input moves by one unit in its last place; null if the difference was below
   * the tolerance and this needed no measuring.
   */
  readonly roundingSensitivity: number | null;
  /** How far both sides are from the same pass in double precision; null where that was not computed. */
  readonly fromDouble: FromDouble | null;
  readonly maxAbsLogit: number;
  /** Largest range of a class's logit over the samples: how much the inputs move the outputs. */
  readonly logitSpread: number;
  /** Reasons to trust a passed check less, e.g. logits that hardly depend on the input. */
  readonly warnings: readonly string[];
  /** Each batch: its size, the shape that onnxruntime returned and the largest absolute difference. */
  readonly outputs: readonly {
    readonly batch: number;
    readonly shape: readonly number[];
    readonly maxAbsDiff: number;
  }[];
}

/**
 * Differences up to this many times the rounding sensitivity are rounding. Measured on full-size DARTS networks with
 * random weights, two correct implementations differ by 0.7 to 4.5 times the sensitivity; one weight that is
 * 1 % off makes 20 times and more.
 */
const ROUNDING_FACTOR = 8;

/**
 * Judges the outcomes of all batches.
 * @param sampleShape expected shape of the output without the batch.
 * @param measureRounding called only if the difference is above the tolerance.
 */
export async function judge(
  batches: readonly BatchOutcome[],
  sampleShape: readonly number[],
  tolerance: number,
  measureRounding: () => Promise<Rounding>,
): Promise<Verdict> {
  const failures: string[] = [];
  const compared = batches.map(({ batch, shape, actual, reference }) => {
    const comparison = compareLogits(actual, reference);
    if (comparison.failure !== null) failures.push(`batch of ${batch}: ${comparison.failure}`);
    const expected = [batch, ...sampleShape];
    if (shape.join() !== expected.join()) {
      failures.push(`batch of ${batch}: the output has shape [${shape}], expected [${expected}]`);
    }
    return { batch, shape, ...comparison };
  });
  const maxAbsDiff = Math.max(...compared.map((batch) => batch.maxAbsDiff));
  const maxAbsLogit = Math.max(...compared.map((batch) => batch.maxAbsReference));
  const references = batches.map(({ reference }) => reference);
  const spread = logitSpread(
    references,
    sampleShape.reduce((product, dim) => product * dim, 1),
  );

  const warnings: string[] = [];
  let allowed = tolerance * Math.max(1, maxAbsLogit);
  let rounded: Rounding | null = null;
  const samples = batches.reduce((sum, { batch }) => sum + batch, 0);
  if (samples > 1 && !(spread > allowed)) {
    warnings.push(
      `the logits hardly depend on the input (range ${digits(spread)}, allowed difference ${digits(allowed)}): the check says little about the network`,
    );
  }
  if (failures.length === 0 && maxAbsDiff > allowed) {
    rounded = await measureRounding();
    const moved = `inputs changed in their last place move the logits by up to ${digits(rounded.roundingSensitivity)}`;
    const beside = fromDoubleText(rounded.fromDouble);
    const rounding = ROUNDING_FACTOR * rounded.roundingSensitivity;
    // Beyond half of what the inputs do to the logits, rounding hides whether the network is the right one.
    if (rounding > allowed && rounding < spread / 2) {
      allowed = rounding;
      warnings.push(
        `the network amplifies rounding: ${moved}, so ${digits(allowed)} is allowed instead of ${tolerance} times the largest logit${beside}`,
      );
    }
    if (maxAbsDiff > allowed) {
      failures.push(
        `the logits differ by up to ${digits(maxAbsDiff)}, allowed are ${digits(allowed)} (${moved})${beside}`,
      );
    }
  }
  return {
    ok: failures.length === 0,
    failure: failures.length === 0 ? null : failures.join('; '),
    maxAbsDiff,
    relativeDiff: maxAbsDiff === 0 ? 0 : maxAbsDiff / maxAbsLogit,
    tolerance,
    allowed,
    roundingSensitivity: rounded?.roundingSensitivity ?? null,
    fromDouble: rounded?.fromDouble ?? null,
    maxAbsLogit,
    logitSpread: spread,
    warnings,
    outputs: compared.map(({ batch, shape, maxAbsDiff }) => ({ batch, shape, maxAbsDiff })),
  };
}

/** A size of a difference, for people. */
function digits(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function fromDoubleText(differences: FromDouble | null): string {
  if (differences === null) return '';
  const { onnxruntime, reference } = differences;
  return `; from the same pass in double precision onnxruntime differs by up to ${digits(onnxruntime)}, our engine by ${digits(reference)}`;
}
