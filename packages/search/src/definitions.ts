/**
 * The interface of a strategy, the built-in ones and their registry, without the code that runs them: loads neither
 * datasets nor records nor the engine's addon, so that command lines can be read and explained at once. `@tenas/search`
 * has all of it too.
 * @packageDocumentation
 */
export type {
  Ask,
  Best,
  Evaluated,
  OpenStep,
  ScoreOptions,
  Scores,
  SearchPlan,
  StepUpdate,
} from './ask.js';
export { completeSettings, type SearchSettings } from './complete-settings.js';
export {
  amountText,
  CONSTRAINT_EXAMPLES,
  CONSTRAINT_NAMES,
  type ConstraintBound,
  type ConstraintName,
  constraintText,
  readConstraints,
} from './constraints/read-constraint.js';
export { evolution } from './evolution/strategy.js';
export { strategiesFor } from './fitting-strategies.js';
export type { FrontMember } from './front/member.js';
export { dartsGradient } from './gradient/darts-gradient.js';
export { gdas } from './gradient/gdas.js';
export { hurricane } from './hurricane/strategy.js';
export { manas, manasLs } from './manas/strategy.js';
export { nsga2 } from './nsga2/strategy.js';
export { settingsOfPreset } from './objective-settings.js';
export { pnas } from './pnas/strategy.js';
export {
  BY_PRESET,
  fillFromPreset,
  PRESETS,
  type PresetInfo,
  type PresetName,
  presetField,
} from './presets.js';
export { prune, pruning } from './prune/strategy.js';
export { random } from './random/strategy.js';
export { DEFAULT_STRATEGY, getStrategy, listStrategies, registerStrategy } from './registry.js';
export { reinforce } from './reinforce/strategy.js';
export { type ShortlistSettings, shortlistFields } from './shortlist/fields.js';
export { Shortlist } from './shortlist/shortlist.js';
export { type Stage, stagesOf, withStages } from './shortlist/stages.js';
export { type Found, STRATEGY_NEEDS, type Strategy, type StrategyNeed } from './strategy.js';
export { type SupernetTrainingSettings, trainingFields } from './supernet-training/fields.js';
export { listSystems, type System, type SystemPreset } from './systems.js';
