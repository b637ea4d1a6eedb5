import { TenasError } from '@tenas/base';
import { readSettings, settingsShape } from '@tenas/base/settings';
import { INITS } from '@tenas/native';
import {
  ANY_NETWORKS,
  isProbing,
  isTraining,
  type Metric,
  NETWORK_ROLES,
  type Pass,
  type ShortTraining,
} from '../metric.js';
import type { MetricCheck } from './check.js';
import { ensure, ensurePlain, ensureSame } from './problem.js';

const FLAG = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const INPUT_KINDS: readonly Pass['inputs']['kind'][] = ['training', 'crops', 'ones', 'noise'];

function ensureCount(value: unknown, field: string): void {
  const right = typeof value === 'number' && Number.isSafeInteger(value) && value >= 1;
  ensure(right, `${field} must be a whole number of at least 1, got ${JSON.stringify(value)}`, value);
}

function ensurePass(pass: Pass, metric: Metric): void {
  ensure(
    NETWORK_ROLES.includes(pass.network),
    `pass.network must be one of ${NETWORK_ROLES.join(', ')}, got ${JSON.stringify(pass.network)}`,
    pass.network,
  );
  ensure(
    INPUT_KINDS.includes(pass.inputs?.kind),
    `pass.inputs.kind must be one of ${INPUT_KINDS.join(', ')}, got ${JSON.stringify(pass.inputs?.kind)}`,
    pass.inputs,
  );
  ensureCount(pass.batchSize, 'pass.batchSize');
  ensureCount(pass.batches ?? 1, 'pass.batches');
  if (pass.inputs.kind === 'crops' && pass.inputs.crop !== null) {
    ensureCount(pass.inputs.crop, 'pass.inputs.crop');
  }
  ensure(
    (pass.inputs.kind === 'crops') === (pass.network === 'stemless'),
    'crops are for the network stemless, and it reads nothing else',
  );
  ensure(
    INITS.includes(pass.init),
    `pass.init must be one of ${INITS.join(', ')}, got ${JSON.stringify(pass.init)}`,
    pass.init,
  );
  ensure(
    !metric.needs.includes('labels') || pass.inputs.kind === 'training',
    'only training images have labels',
  );
}

function ensureTraining(training: ShortTraining): void {
  const {
    network,
    channels,
    cells,
    epochs,
    images,
    validation,
    side = null,
    batchSize,
    rate,
    augment,
  } = training;
  ensure(
    ANY_NETWORKS.includes(network),
    `training.network must be one of ${ANY_NETWORKS.join(', ')}, got ${JSON.stringify(network)}`,
    network,
  );
  for (const [field, value] of Object.entries({ channels, cells, side })) {
    if (value !== null) ensureCount(value, `training.${field}`);
  }
  for (const [field, value] of Object.entries({ epochs, images, batchSize })) {
    ensureCount(value, `training.${field}`);
  }
  if (validation !== 0) ensureCount(validation, 'training.validation');
  ensure(
    Number.isFinite(rate) && rate > 0,
    `training.rate must be above 0, got ${JSON.stringify(rate)}`,
    rate,
  );
  ensure(
    typeof augment === 'boolean',
    `training.augment must be true or false, got ${JSON.stringify(augment)}`,
    augment,
  );
}

/** A metric's settings, and the pass or training that follows from them. */
export function settingsChecks(metric: Metric): MetricCheck[] {
  const check = (name: string, run: () => void): MetricCheck => ({ name, quick: true, run });
  const defaults = () => readSettings(metric.name, metric.settings);
  return [
    check('has a default and a description for every setting', () => {
      const given: unknown = metric.settings;
      ensure(
        typeof given === 'object' && given !== null && 'safeParse' in given,
        'settings must be a strict zod object, as z.strictObject({})',
        given,
      );
      for (const { key, description, fallback } of settingsShape(metric.settings).keys()) {
        ensure(description !== null && description !== '', `settings.${key} must have a description`, key);
        ensure(fallback !== undefined, `settings.${key} must have a default`, key);
      }
      ensurePlain(defaults(), 'settings');
      ensureSame(
        defaults(),
        readSettings(metric.name, metric.settings, defaults()),
        'defaults must be valid',
      );
    }),
    check('refuses unknown settings by name', () => {
      const unknown = 'no-such-setting';
      try {
        readSettings(metric.name, metric.settings, { [unknown]: 1 });
      } catch (error) {
        const named = error instanceof TenasError && error.field === `${metric.name}.${unknown}`;
        ensure(named, `the error of a setting that does not exist must name it, got ${String(error)}`);
        return;
      }
      ensure(false, 'settings must be a strict object: one that does not exist was accepted');
    }),
    check('names settings in its aggregations and flags', () => {
      const { aggregations = {}, flags = {}, combine } = metric;
      const keys = settingsShape(metric.settings)
        .keys()
        .map(({ key }) => key);
      const combines = combine !== undefined || Object.keys(aggregations).length === 0;
      ensure(combines, 'aggregations are for combine, which is absent');
      for (const [name, given] of Object.entries(aggregations)) {
        const right = metric.settings.safeParse({ ...defaults(), ...given }).success;
        ensure(right, `aggregations.${name} must be valid settings, got ${JSON.stringify(given)}`, given);
      }
      for (const [flag, key] of Object.entries(flags)) {
        ensure(FLAG.test(flag), `flags: ${flag} must be lower case letters, digits and hyphens`, flag);
        ensure(keys.includes(key), `flags.${flag} must be one of ${keys.join(', ')}`, key);
      }
    }),
    check('asks for a pass or training that is plain data and the same every time', () => {
      if (isTraining(metric)) {
        const training = metric.training(defaults());
        ensureTraining(training);
        ensurePlain(training, 'training');
        ensureSame(training, metric.training(defaults()), 'training must depend on the settings alone');
        return;
      }
      if (!isProbing(metric)) return;
      const pass = metric.pass(defaults());
      ensurePass(pass, metric);
      ensurePlain(pass, 'pass');
      ensureSame(pass, metric.pass(defaults()), 'pass must depend on the settings alone');
    }),
  ];
}
