/**
 * Names of the datasets and of their parts, without what opens them. `@tenas/data` has them too.
 * @packageDocumentation
 */
export { DATASETS, type DatasetName, SPLITS, type Split } from './source.js';
