import { z } from 'zod';
import { byKey, type Immutable, list, name } from './fields.js';

/** No node, stage or layer has a number of more digits; readers make a place for each. */
const LONG_NUMBER = /\d{5}/;

/**
 * The name of a decision: `cell/1<-0`, `normal/0/op1`, `stage2`. Before the first `/` stands the part of the network that
 * it belongs to, where there are several.
 */
export const decisionName = name.refine((text) => !LONG_NUMBER.test(text), {
  error: () => 'the name of a decision, with numbers up to 9999',
});

const MOST_DECISIONS = 4096;

/** Choices that are open, by decision. An empty list: the decision is out of the network. */
export const domainSchema = byKey(
  decisionName,
  list(name, 256, 'a list of choices'),
  MOST_DECISIONS,
  'an object of decisions',
);

/** Choices that are open, by decision. */
export type Domain = Readonly<Record<string, readonly string[]>>;

/** One choice of one decision. */
export const choiceSchema = z.object({ decision: decisionName, choice: name });

/** One choice of one decision. */
export type Choice = Immutable<z.output<typeof choiceSchema>>;
