import { durationText, numberText, plural } from '@tenas/base';
import type { BatchComparison, PairedSettings, PairedValues } from '@tenas/records';
import { tableText } from '../../table-text.js';

/** Searches whose finds are listed. */
const MOST_FOUND = 20;

/** A comparison of two batches for people. */
export function comparisonText({ batches, settings, unpaired }: BatchComparison): string {
  const batch = (side: 'a' | 'b') => {
    const { name, jobs } = batches[side];
    const rest = [
      ...(jobs.failed > 0 ? [`${jobs.failed} failed`] : []),
      ...(jobs.waiting > 0 ? [`${jobs.waiting} waiting`] : []),
    ];
    return `${side.toUpperCase()}  ${name}: ${[`${plural(jobs.done, 'job')} done`, ...rest].join(', ')}`;
  };
  return [
    batch('a'),
    batch('b'),
    ...settings.flatMap((paired) => ['', ...settingsLines(paired)]),
    ...(unpaired.length === 0 ? [] : ['', 'not compared']),
    ...unpaired.map(({ batch: side, kind, space, dataset, images = dataset, method, jobs, reason }) => {
      const what = [kind, space, images, method].filter((word) => word !== null).join(', ');
      const why =
        reason === 'absent' ? 'the other batch has none' : 'the other batch has several such settings';
      return `  ${plural(jobs, 'job')} of ${side.toUpperCase()} (${what}): ${why}`;
    }),
  ].join('\n');
}

function settingsLines(paired: PairedSettings): string[] {
  const { kind, space, dataset, images, method, pairs, over, only, seconds, differences, machines } = paired;
  const { foundSame } = paired;
  const what = [kind, space, images === undefined ? dataset : bothText(images), bothText(method)]
    .filter((word) => word !== null)
    .join(', ');
  const lone = only.a + only.b === 0 ? '' : `; only in A ${only.a}, only in B ${only.b}`;
  return [
    `${what}: ${plural(pairs.length, 'pair')}${lone}`,
    `  time     ${durationText(seconds.a)} (A), ${durationText(seconds.b)} (B)`,
    ...differences.map(({ setting, a, b }) => `  differs  ${setting}: ${shown(a)} (A), ${shown(b)} (B)`),
    ...(machines.a.length + machines.b.length === 0
      ? []
      : [`  differs  machine: ${machines.a.join(', ')} (A), ${machines.b.join(', ')} (B)`]),
    ...(foundSame === null ? [] : [`  found    the same architecture ${foundSame} times of ${pairs.length}`]),
    ...(pairs.length === 0 || paired.metrics.length === 0 ? [] : indented(metricTable(paired.metrics, over))),
    ...(foundSame === null ? [] : foundLines(paired)),
  ];
}

/** What both batches have in common, or what each has; null: neither has it. */
function bothText({ a, b }: { readonly a: string | null; readonly b: string | null }): string | null {
  return a === b ? a : `${a ?? 'none'} (A) and ${b ?? 'none'} (B)`;
}

function shown(setting: string | null): string {
  return setting === null ? 'none' : setting === '' ? 'there' : setting;
}

function indented(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}

function metricTable(metrics: readonly PairedValues[], over: string): string {
  const ranked = metrics.some(({ spearman }) => spearman.value !== null);
  const interval = ({ low, high }: PairedValues['difference']) =>
    low === null || high === null ? '–' : `${numberText(low)} to ${numberText(high)}`;
  return tableText(
    [
      [
        'metric',
        over,
        'A',
        'B',
        'B - A',
        'interval',
        'higher A/B/equal',
        'p',
        ...(ranked ? ['tau', 'rho'] : []),
      ],
      ...metrics.map(({ metric, units, mean, difference, higher, equal, signedRank, kendall, spearman }) => [
        metric,
        String(units),
        numberText(mean.a, 4),
        numberText(mean.b, 4),
        numberText(difference.value),
        interval(difference),
        `${higher.a}/${higher.b}/${equal}`,
        numberText(signedRank, 2),
        ...(ranked ? [numberText(kendall.value), numberText(spearman.value)] : []),
      ]),
    ],
    [0],
  );
}

/** What searches of the same seed found, one line each. */
function foundLines({ pairs }: PairedSettings): string[] {
  const others = pairs.filter(({ a, b }) => a !== b);
  const left = others.length - MOST_FOUND;
  return [
    ...others
      .slice(0, MOST_FOUND)
      .flatMap(({ seed, a, b }) => [
        `  seed ${seed}  A ${a}`,
        `  ${' '.repeat(`seed ${seed}`.length)}  B ${b}`,
      ]),
    ...(left > 0 ? [`  and ${left} more that found others (--json has all)`] : []),
  ];
}
