import type { CheckResult } from '@tenas/onnx';

/** A check in the document of a command. */
export function checkDocument(checked: CheckResult) {
  const { ok, failure, maxAbsDiff, relativeDiff, maxAbsLogit, allowed, outputs, warnings, ortVersion } =
    checked;
  return {
    ok,
    failure,
    maxAbs: maxAbsDiff,
    tolerance: allowed,
    relative: relativeDiff,
    maxAbsLogit,
    batches: outputs.map(({ batch }) => batch),
    warnings,
    ortVersion,
  };
}

/** A check in one line for people. */
export function checkLine(checked: CheckResult): string {
  const { ok, ortVersion, maxAbsDiff, relativeDiff, maxAbsLogit, allowed } = checked;
  const logits = `where logits reach ${maxAbsLogit.toPrecision(3)}`;
  const differences = `${maxAbsDiff.toExponential(1)} ${logits} (relative ${relativeDiff.toExponential(1)})`;
  return `${ok ? 'ok' : 'FAILED'}: onnxruntime ${ortVersion} differs by at most ${differences}; allowed ${allowed.toExponential(1)}`;
}
