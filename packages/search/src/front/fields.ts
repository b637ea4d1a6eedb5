import { params } from '@tenas/metrics/definitions';
import { z } from 'zod';

/** The objective that stands for the metrics of a search, or their aggregate. */
export const SCORE = 'score';

/** Fewer make no front; more leave next to nothing dominated. */
const [FEWEST, MOST] = [2, 4];

const objectives = z
  .array(z.string().regex(/^[a-z][a-z0-9-]*(:(lower|higher))?$/))
  .min(FEWEST)
  .max(MOST)
  .readonly();

const MEANING = `${FEWEST} to ${MOST} objectives of a front: ${SCORE}, which is the chosen metric or aggregate, names of metrics, and costs, of which less is better`;

/** The setting of strategies that search for a front. */
export const frontFields = {
  objectives: objectives.default([SCORE, params.name]).describe(MEANING),
};

/** The setting of strategies that search for one architecture, and can say the front of those that they scored. */
export const optionalFrontFields = {
  objectives: objectives.optional().describe(`${MEANING}; the record then has their front (default: none)`),
};

/** Separate flags of these settings, for `Strategy.flags`. */
export const frontFlags = { objectives: 'objectives' } as const;
