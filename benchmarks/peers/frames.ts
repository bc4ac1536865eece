import { join } from 'node:path';
import { DataFrame, merge, toCSV, toExcel, toJSON } from 'danfojs-node';
import { HORIZONS, type Horizon, type PeerRow } from './measure.ts';

/** Averages of a method over loads at one horizon. */
export interface MethodRow {
  readonly horizon: Horizon;
  readonly method: string;
  readonly loads: number;
  /** Geometric means: loads differ by a hundred times. */
  readonly WAPE: number;
  readonly MASE: number;
  readonly loss: number;
  readonly pinball50: number;
  readonly pinball95: number;
  /** Means. */
  readonly cover95: number;
  readonly seconds: number;
  readonly megabytes: number;
}

const GEOMETRIC = ['WAPE', 'MASE', 'loss', 'pinball50', 'pinball95'] as const;
type Figure = (typeof GEOMETRIC)[number] | (typeof ARITHMETIC)[number];
const ARITHMETIC = ['cover95', 'seconds', 'megabytes'] as const;
/** A perfect forecast has no logarithm. */
const LEAST = 1e-9;

/** Group-by horizon and method over the loads. A figure that one load lacks is lacking. */
export function byMethod(rows: readonly PeerRow[]): MethodRow[] {
  const logs = rows.map((row) => ({
    ...row,
    ...Object.fromEntries(GEOMETRIC.map((key) => [key, Math.log(Math.max(LEAST, row[key]))])),
  }));
  const frame = new DataFrame(logs);
  const how = Object.fromEntries([...GEOMETRIC, ...ARITHMETIC].map((key) => [key, 'mean']));
  const grouped = frame.groupby(['horizon', 'method']).agg({ windows: 'count', ...how });
  const means = records(grouped);
  const order = [...new Set(rows.map(({ method }) => method))];
  return means
    .map((mean) => ({
      horizon: String(mean.horizon) as Horizon,
      method: String(mean.method),
      loads: Number(mean.windows_count),
      ...pick(GEOMETRIC, (key) => Math.exp(Number(mean[`${key}_mean`]))),
      ...pick(ARITHMETIC, (key) => Number(mean[`${key}_mean`])),
    }))
    .sort(
      (a, b) =>
        HORIZONS.indexOf(a.horizon) - HORIZONS.indexOf(b.horizon) || order.indexOf(a.method) - order.indexOf(b.method),
    );
}

function pick<K extends string>(keys: readonly K[], figureOf: (key: K) => number): Record<K, number> {
  return Object.fromEntries(keys.map((key) => [key, figureOf(key)])) as Record<K, number>;
}

/** One figure at one horizon: a row a load, a column a method. danfojs has no pivot: the methods' columns are merged by load. */
export function pivot(rows: readonly PeerRow[], horizon: Horizon, figure: Figure): DataFrame {
  const own = rows.filter((row) => row.horizon === horizon && Number.isFinite(row[figure]));
  let table = new DataFrame({ load: [...new Set(own.map(({ trace }) => trace))].sort() });
  for (const method of new Set(own.map((row) => row.method))) {
    const column = own.filter((row) => row.method === method);
    const right = new DataFrame({ load: column.map(({ trace }) => trace), [method]: column.map((row) => row[figure]) });
    table = merge({ left: table, right, on: ['load'], how: 'left' });
  }
  return table;
}

/** A frame's rows. */
export function records(frame: DataFrame): Record<string, string | number>[] {
  return toJSON(frame, { format: 'column' }) as Record<string, string | number>[];
}

/** Every table as CSV and Excel into the folder. @param rows at least one */
export function writeFrames(folder: string, rows: readonly PeerRow[]): void {
  // danfojs makes no frame without rows.
  const compared = HORIZONS.filter((horizon) =>
    rows.some((row) => row.horizon === horizon && Number.isFinite(row.loss)),
  );
  const frames: Record<string, DataFrame> = {
    'peers-by-load': new DataFrame([...rows]),
    'peers-by-method': new DataFrame(byMethod(rows)),
    ...Object.fromEntries(
      compared.map((horizon) => [`peers-loss-${horizon.replace(' ', '')}`, pivot(rows, horizon, 'loss')]),
    ),
  };
  for (const [name, frame] of Object.entries(frames)) {
    toCSV(withoutCommas(frame), { filePath: join(folder, `${name}.csv`) });
    toExcel(frame, { filePath: join(folder, `${name}.xlsx`), sheetName: name });
  }
}

/** danfojs quotes no cell of a CSV: names have no commas there. */
function withoutCommas(frame: DataFrame): DataFrame {
  const columns = frame.columns.map((name) => name.replaceAll(',', ''));
  const values = (frame.values as (string | number | boolean)[][]).map((row) =>
    row.map((cell) => (typeof cell === 'string' ? cell.replaceAll(',', '') : cell)),
  );
  return new DataFrame(values, { columns });
}
