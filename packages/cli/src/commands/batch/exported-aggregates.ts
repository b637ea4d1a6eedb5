import { TenasError } from '@tenas/base';
import { getPreset, type MissingPolicy, metricsOfPreset } from '@tenas/metrics';
import type { ExportedAggregates, StoreReader } from '@tenas/runner';

/** The flags of `tenas batch export` that aggregates depend on. */
interface Given {
  readonly aggregate: readonly string[];
  readonly missing?: MissingPolicy | undefined;
  readonly format: string;
  readonly kind?: string | undefined;
}

/**
 * The aggregates that an export has columns of.
 *
 * @throws TenasError `OPTION_INVALID` where a column would be empty, or a flag would do nothing
 */
export function exportedAggregates(
  { aggregate, missing, format, kind }: Given,
  reader: StoreReader,
): ExportedAggregates {
  const [first] = aggregate;
  if (first === undefined) {
    if (missing === undefined) return { presets: [] };
    throw refused('--missing', missing, 'it says where aggregates put architectures; give --aggregate, too');
  }
  if (format !== 'csv') throw refused('--aggregate', first, `${format} has no columns; give --format csv`);
  if (kind !== undefined && kind !== 'score') {
    throw refused(
      '--aggregate',
      first,
      `it ranks scores, which --kind ${kind} leaves out; give --kind score`,
    );
  }
  const presets = aggregate.map(getPreset);
  const sets = reader.metricSets({ kind: 'score' });
  for (const preset of presets) {
    const wanted = metricsOfPreset(preset);
    if (sets.some((measured) => wanted.every((metric) => measured.includes(metric)))) continue;
    const problem = `${preset.name} needs ${wanted.join(', ')}, and no scores of the batch have them all`;
    throw refused('--aggregate', preset.name, `${problem}; score with metrics: ${preset.name}`);
  }
  return { presets, missing };
}

function refused(field: string, value: string, problem: string): TenasError {
  return new TenasError('OPTION_INVALID', `${field}: ${problem}`, { field, value });
}
