import type { ModelOrigin } from './metadata.js';
import { oneLine } from './visible-text.js';

/** Longest piece of text from outside in a description. */
const LONGEST = 1000;

/**
 * The `doc_string` of a model, for people: what the network is, first of all whether it was trained, what goes in and
 * comes out, and what to cite. Text from outside is cut to 1,000 characters a piece.
 */
export function modelDescription(origin: ModelOrigin): string {
  const { trained, space, genotype, dataset, toolVersion, weights, calibration, classNames } = origin;
  const shown = (text: string) => oneLine(text, LONGEST);
  const lines = [
    trained === undefined
      ? 'A network of tenas.'
      : trained
        ? 'A trained network of tenas.'
        : 'An UNTRAINED network of tenas: train it before you use what it says.',
  ];
  if (genotype !== undefined) {
    lines.push(
      `Architecture: ${shown(genotype)}${space === undefined ? '' : `, of the space ${shown(space)}`}.`,
    );
  }
  if (dataset !== undefined) lines.push(`Dataset: ${shown(dataset)}.`);
  if (weights !== undefined) lines.push(`Weights: ${shown(weights)}.`);
  if (calibration !== undefined) lines.push(`Batch norm: statistics of ${shown(calibration)}.`);
  if (origin.normalisation !== undefined) {
    lines.push(
      'Input: images [N, 3, height, width], RGB, (pixel / 255 - mean) / std; mean and std are in the metadata.',
    );
  }
  const named = classNames === undefined ? '' : ' Their names are in the metadata.';
  lines.push(`Output: one logit per class; softmax gives probabilities.${named}`);
  const version = toolVersion === undefined ? '' : ` ${shown(toolVersion)}`;
  lines.push(`To cite: ${[...(origin.papers ?? []).map(shown), `made with tenas${version}`].join('; ')}.`);
  return lines.join('\n');
}
