import { TenasError } from '@tenas/base';
import { architectureCells, architectureIn, type IndexTable } from '@tenas/evaluation';
import { cellError, columnList, numberOrNullIn, readCsv } from '@tenas/records';
import type { Space } from '@tenas/spaces';

/** Latencies that were measured elsewhere: a column for each device. */
export interface DeviceTable {
  readonly from: string;
  /** Names of the columns with latencies. */
  readonly devices: readonly string[];
  /** The column of a device. @throws TenasError `CSV_INVALID` listing the devices */
  column(device: string | undefined): string;
  /** Architectures with their latencies in ms on a device, in the order of the rows; cells without a value are left out. */
  rows(device: string): readonly DeviceRow[];
}

/** A row of a {@link DeviceTable}. */
export interface DeviceRow {
  readonly architecture: object;
  /** As the space writes it. */
  readonly text: string;
  readonly ms: number;
}

/** Columns that say nothing about a device. */
const OTHERS = new Set(['index', 'arch_index', 'idx', 'id', 'params', 'macs', 'flops']);

/**
 * Reads a device table: a CSV with an architecture in each row, by its text (`architecture`, `arch`, ...) or its number
 * (`index`), and a column of ms for each device.
 * @param indices architectures by their numbers, where the space does not know them
 * @throws TenasError `CSV_INVALID` naming line and column: no architectures, no devices, a latency that is not above 0
 */
export function readDeviceTable(
  text: string,
  from: string,
  { space, indices }: { readonly space: Space; readonly indices?: IndexTable | undefined },
): DeviceTable {
  const table = readCsv(text, from);
  const cells = architectureCells(table, { space, indices });
  const named = new Set(cells.column.split(','));
  const devices = table.columns.filter((column) => !named.has(column) && !OTHERS.has(column.toLowerCase()));
  if (devices.length === 0) {
    throw invalid(
      `${from}: no column of latencies beside the architectures; its columns are ${columnList(table)}`,
    );
  }
  return {
    from,
    devices,
    column(device) {
      if (device === undefined && devices.length === 1) return devices[0]!;
      if (device !== undefined && devices.includes(device)) return device;
      const problem =
        device === undefined ? 'several devices; name one' : `no device ${JSON.stringify(device)}`;
      throw invalid(`${from}: ${problem} (--device): ${devices.join(', ')}`, device);
    },
    rows(device) {
      return table.rows.flatMap((row) => {
        const ms = numberOrNullIn(table, row, device);
        if (ms === null) return [];
        if (ms <= 0) throw cellError(table, row, device, row.cells[device], 'a latency in ms, above 0');
        const { architecture, text } = architectureIn(space, table, row, cells);
        return [{ architecture, text, ms }];
      });
    },
  };
}

function invalid(message: string, value?: unknown): TenasError {
  return new TenasError('CSV_INVALID', message, { field: 'device-table', value });
}
