import { checkFields, checkInteger, checkOneOf, settingError } from '@tenas/base';
import { readSettings } from '@tenas/base/settings';
import {
  CONDITION_NUMBER_CAP,
  INITIALISATIONS,
  type Initialisation,
  type NtkMode,
  type NtkSettings,
  ntk,
  type RegionSettings,
  regions,
} from '@tenas/metrics';

/**
 * How long a network keeps its initial weights: fresh in every repeat, or shared by the repeats of a candidate, or by
 * all candidates and repeats of a round (pruning edges, of all node groups, counts as one round).
 */
export type WeightLifetime = 'repeat' | 'candidate' | 'round';

/** How the values of the repeats become one change. */
export interface ChangeAggregation {
  /** Decimals to which the change of each repeat is rounded; null: not at all. */
  readonly decimals: number | null;
  readonly aggregate: 'mean' | 'median';
}

/** Settings of the finals, in which architectures are scored one by one instead of by what pruning would do. */
export interface FinalsSettings {
  /** Pruning stops as soon as the operations left make no more architectures than this. */
  readonly architectures: number;
  /** Kernels of the network that the rounds' kernels are of, with one operation an edge. */
  readonly ntk: Pick<NtkSettings, 'mode' | 'batchSize' | 'init'>;
  /** Square crops of one channel, through all cells of the network whose first cells the rounds' regions are of. */
  readonly regions: RegionSettings & { readonly crop: number };
  /** How much a rank by regions counts beside one by the condition number. */
  readonly regionWeight: number;
  /** Each adds repeats, with fresh batches and weights, and keeps the best so far; the last keeps one. */
  readonly stages: readonly FinalsStageSettings[];
}

/** One stage of the finals. */
export interface FinalsStageSettings {
  /** Repeats of the kernel. */
  readonly ntk: number;
  /** Repeats of the regions. */
  readonly regions: number;
  /** Architectures that go on. */
  readonly keep: number;
}

/** The finals that `fast` has, and what an override of none starts from. */
export const FINALS: FinalsSettings = {
  architectures: 1000,
  ntk: { mode: 'sample', batchSize: 64, init: 'kaiming_fan_out' },
  regions: { batches: 1, batchSize: 1000, crop: 8, init: 'kaiming_fan_in' },
  regionWeight: 2,
  // The kernel takes the time: few repeats where there are many architectures, many where there are few. Regions cost next
  // to nothing there, and tell good architectures apart: their noise is averaged out.
  stages: [
    { ntk: 1, regions: 4, keep: 64 },
    { ntk: 2, regions: 16, keep: 16 },
    { ntk: 9, regions: 64, keep: 1 },
  ],
};

/** Settings of the pruning search. Plain data: they go into the record as they are. */
export interface PruningSettings {
  /** Repeats, each with its own batch. */
  readonly repeats: number;
  /**
   * Whether the network before pruning is evaluated again beside every candidate, each with draws of its own, or once
   * a round, sharing batch and weights with all candidates (common random numbers).
   */
  readonly origin: 'per-candidate' | 'per-round';
  readonly ntk: {
    readonly mode: NtkMode;
    readonly batchSize: number;
    readonly init: Initialisation;
    readonly weights: WeightLifetime;
  };
  /** Crops of one channel, 3x3. */
  readonly regions: {
    readonly batches: number;
    readonly batchSize: number;
    readonly init: Initialisation;
    readonly weights: WeightLifetime;
  };
  /**
   * Change of the condition number kappa when an operation is removed, kappa0 being that before; larger is more likely
   * pruned. `difference`: kappa0 - kappa; `relative`: (kappa0 - kappa) / kappa0; `log-ratio`: log(kappa0 / kappa), both
   * cut off at `cap`.
   */
  readonly kappaChange: ChangeAggregation &
    ({ readonly kind: 'difference' | 'relative' } | { readonly kind: 'log-ratio'; readonly cap: number });
  /** Change of the number of regions R likewise; smaller is more likely pruned. */
  readonly regionChange: ChangeAggregation & { readonly kind: 'difference' | 'relative' };
  /**
   * Kernels without a condition number. `worst`: the change of that repeat is the worst there is (and the candidate's
   * mean with it), an origin counts as `originKappa`. `substitute`: NaN counts as `nan`, infinite as the largest
   * number, and a negative quotient passes as it is, as in the published code.
   */
  readonly failures:
    | { readonly kind: 'worst'; readonly originKappa: number }
    | { readonly kind: 'substitute'; readonly nan: number };
  /** Significant digits of the keys that candidates are sorted by; null: not rounded. */
  readonly significantDigits: number | null;
  /** Operations pruned from each edge in a round, but never its last one. */
  readonly pruneNumber: number;
  readonly edgePruning: {
    /**
     * The network that kappa is compared with while edges are pruned group by group: without the edges already pruned
     * (`current`), or with all of them (`before-edges`), as the published code does. R is compared with the current one.
     */
    readonly kappaOrigin: 'current' | 'before-edges';
  };
  /** null: operations are pruned until every edge has one left. */
  readonly finals: FinalsSettings | null;
}

/** A field of settings to change; `undefined` leaves it as it is. */
type Changes<S> = { readonly [F in keyof S]?: S[F] | undefined };

/** Settings to change, field by field. A new `kind` brings the fields that belong to it, with their defaults. */
export interface SettingsOverrides {
  readonly repeats?: number | undefined;
  readonly origin?: PruningSettings['origin'] | undefined;
  readonly ntk?: Changes<PruningSettings['ntk']> | undefined;
  readonly regions?: Changes<PruningSettings['regions']> | undefined;
  readonly kappaChange?:
    | Changes<ChangeAggregation & { kind: 'difference' | 'relative' | 'log-ratio'; cap: number }>
    | undefined;
  readonly regionChange?: Changes<PruningSettings['regionChange']> | undefined;
  readonly failures?: Changes<{ kind: 'worst' | 'substitute'; originKappa: number; nan: number }> | undefined;
  readonly significantDigits?: number | null | undefined;
  readonly pruneNumber?: number | undefined;
  readonly edgePruning?: Changes<PruningSettings['edgePruning']> | undefined;
  /** `ntk`, `regions` and `stages` as a whole each; null: none. */
  readonly finals?: Changes<FinalsSettings> | null | undefined;
}

/** Fields that one kind of a setting has and another has not. */
const FIELDS_OF_KINDS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> =
  {
    kappaChange: { difference: {}, relative: {}, 'log-ratio': { cap: CONDITION_NUMBER_CAP } },
    failures: { worst: { originKappa: CONDITION_NUMBER_CAP }, substitute: { nan: 1e5 } },
  };

type Plain = Readonly<Record<string, unknown>>;

function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function changed(base: Plain, changes: Plain, section: string): Plain {
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
  const kinds = FIELDS_OF_KINDS[section];
  const kind = given.kind ?? base.kind;
  const ofKind = kinds === undefined ? {} : kinds[checkOneOf(`${section}.kind`, kind, Object.keys(kinds))]!;
  const ofOthers = Object.values(kinds ?? {}).flatMap((fields) => Object.keys(fields));
  const kept = Object.fromEntries(
    Object.entries(base).filter(([field]) => !ofOthers.includes(field) || field in ofKind),
  );
  const known: Plain = { ...ofKind, ...kept };
  for (const [field, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, field)) {
      throw settingError(
        section === '' ? field : `${section}.${field}`,
        value,
        `absent; the fields are ${Object.keys(known).join(', ')}`,
      );
    }
  }
  return { ...known, ...given };
}

/**
 * Settings with some fields changed, checked.
 * @throws TenasError `SETTING_INVALID` naming the field, e.g. `ntk.batchSize`
 */
export function overrideSettings(base: PruningSettings, overrides: SettingsOverrides = {}): PruningSettings {
  if (!isPlain(overrides)) throw settingError('settings', overrides, 'an object of settings');
  const from = { ...base, finals: base.finals ?? (isPlain(overrides.finals) ? FINALS : null) };
  const sections = Object.fromEntries(
    Object.entries(from).map(([section, value]) => {
      const changes = overrides[section as keyof SettingsOverrides];
      if (!isPlain(value) || changes === undefined || changes === null) return [section, value];
      if (!isPlain(changes)) throw settingError(section, changes, 'an object of settings');
      return [section, changed(value, changes, section)];
    }),
  );
  const plain = Object.entries(overrides).filter(
    ([section, changes]) => changes === null || !isPlain(from[section as keyof PruningSettings]),
  );
  return checkSettings(changed(sections, Object.fromEntries(plain), '') as unknown as PruningSettings);
}

const LIFETIMES = ['repeat', 'candidate', 'round'] as const;

/** Checks settings that came from outside. @throws TenasError `SETTING_INVALID` naming the field. */
export function checkSettings(settings: PruningSettings): PruningSettings {
  const { kappaChange, regionChange, failures } = settings;
  checkInteger('repeats', settings.repeats, 1, 10_000);
  checkOneOf('origin', settings.origin, ['per-candidate', 'per-round']);
  const { weights: ntkWeights, ...ntkSettings } = settings.ntk;
  const { weights: regionWeights, ...regionSettings } = settings.regions;
  readSettings('ntk', ntk.settings, ntkSettings);
  readSettings('regions', regions.settings, regionSettings);
  checkOneOf('ntk.weights', ntkWeights, LIFETIMES);
  checkOneOf('regions.weights', regionWeights, LIFETIMES);
  checkOneOf('ntk.init', settings.ntk.init, INITIALISATIONS);
  checkOneOf('kappaChange.kind', kappaChange.kind, ['difference', 'relative', 'log-ratio']);
  if (kappaChange.kind === 'log-ratio') checkAboveOne('kappaChange.cap', kappaChange.cap);
  checkOneOf('regionChange.kind', regionChange.kind, ['difference', 'relative']);
  for (const [field, change] of Object.entries({ kappaChange, regionChange })) {
    checkOneOf(`${field}.aggregate`, change.aggregate, ['mean', 'median']);
    if (change.decimals !== null) checkInteger(`${field}.decimals`, change.decimals, 0, 15);
  }
  checkOneOf('failures.kind', failures.kind, ['worst', 'substitute']);
  if (failures.kind === 'worst') checkAboveOne('failures.originKappa', failures.originKappa);
  else checkAboveOne('failures.nan', failures.nan);
  if (settings.significantDigits !== null) {
    checkInteger('significantDigits', settings.significantDigits, 1, 15);
  }
  checkInteger('pruneNumber', settings.pruneNumber, 1, 1000);
  checkOneOf('edgePruning.kappaOrigin', settings.edgePruning.kappaOrigin, ['current', 'before-edges']);
  if (settings.finals !== null) checkFinals(settings.finals);
  return settings;
}

/** Far more than anyone waits for, and few enough to hold in memory. */
const MOST_FINALISTS = 1_000_000;

function checkFinals(finals: FinalsSettings): void {
  const { architectures, stages } = finals;
  if (!isPlain(finals)) throw settingError('finals', finals, 'an object of settings, or null');
  checkInteger('finals.architectures', architectures, 2, MOST_FINALISTS);
  readSettings('finals.ntk', ntk.settings, finals.ntk);
  checkFields('finals.ntk', finals.ntk, Object.keys(FINALS.ntk));
  readSettings('finals.regions', regions.settings, finals.regions);
  checkInteger('finals.regions.crop', finals.regions.crop, 1, 256);
  if (!Array.isArray(stages) || stages.length === 0) {
    throw settingError('finals.stages', stages, 'a list of at least one stage');
  }
  checkPositive('finals.regionWeight', finals.regionWeight);
  for (const [index, stage] of stages.entries()) {
    const field = `finals.stages[${index}]`;
    if (!isPlain(stage)) throw settingError(field, stage, 'a stage: ntk, regions, keep');
    const { keep } = stage;
    // Later stages may leave one metric as it is.
    checkInteger(`${field}.ntk`, stage.ntk, index === 0 ? 1 : 0, 10_000);
    checkInteger(`${field}.regions`, stage.regions, index === 0 ? 1 : 0, 10_000);
    if (index === stages.length - 1) checkInteger(`${field}.keep`, keep, 1, 1);
    else checkInteger(`${field}.keep`, keep, 2, MOST_FINALISTS);
  }
}

function checkPositive(field: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    throw settingError(field, value, 'a finite number above 0');
  }
}

function checkAboveOne(field: string, value: unknown): void {
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 1) {
    throw settingError(field, value, 'a finite number above 1');
  }
}
